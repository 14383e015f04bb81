"""Entering, drawing and cutting of campaigns against the plain ones, on random campaigns, pasts and budgets."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.cutting import Places, Used, cut, ordered, places
from liuke.act.campaigns.entering import CALLED, Plan, entrants, questions
from liuke.engine import DuckEngine
from tests.act.campaigns import plain
from tests.act.campaigns.reading import MARKETING, SERVICE, campaign
from tests.night import times

EXAMPLES = times(5, 60, "LIUKE_EXAMPLES")
DAY = date(2026, 6, 30)
PEOPLE = [f"C{n}" for n in range(30)]
ENTERED = pa.schema([("campaign", pa.string()), ("customer_id", pa.string()), ("last_on", pa.date32())])
CLAIMED = pa.schema([("customer_id", pa.string()), ("treatment", pa.string())])
KINDS: dict[str, dict[str, Any]] = {
    "once": {"kind": "once"},
    "always": {"kind": "recurring", "re_entry": "always"},
    "after": {"kind": "recurring", "re_entry": "after", "re_entry_days": 10},
    "trigger": {"kind": "on_trigger", "trigger": "payroll_stopped", "audience": None, "re_entry": "always"},
}


@st.composite
def campaigns(draw: st.DrawFn) -> list[Campaign]:
    return [
        campaign(
            f"c{n}", **KINDS[draw(st.sampled_from(list(KINDS)))], priority=draw(st.integers(1, 2)),
            holdout_share=draw(st.sampled_from([0.1, 0.5])),
            arms={
                f"a{k}": draw(st.sampled_from([SERVICE, MARKETING])) | {
                    "weight": draw(st.integers(1, 3)), "price": draw(st.sampled_from([0, 0.05, 6])),
                }
                for k in range(draw(st.integers(1, 3)))
            },
        )
        for n in range(draw(st.integers(1, 3)))
    ]  # fmt: skip


people = st.sets(st.sampled_from(PEOPLE))
lefts = st.builds(Places, st.sampled_from([0, 1, 5, 100]), st.sampled_from([None, 600, 1200, 10**6]))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_who_enters_is_who_the_plain_rules_say(data: st.DataObject):
    made = data.draw(campaigns())
    meant = {c.code: data.draw(people) for c in made}
    called = {c.code: data.draw(people) for c in made}
    days = st.dictionaries(st.sampled_from(PEOPLE), st.integers(-2, 20).map(lambda n: DAY - timedelta(days=n)))
    entered = {c.code: data.draw(days) for c in made}
    claimed = dict.fromkeys(data.draw(people), "elsewhere")
    left = {c.code: data.draw(lefts) for c in made}

    wanted = {
        c.code: plain.entering(c, [
            who for who in PEOPLE
            if (c.audience is None or who in meant[c.code])
            and plain.may_enter(c, entered[c.code].get(who), DAY, was_called=who in called[c.code])
        ], "salt")
        for c in made
    }  # fmt: skip
    todays = [(c, left[c.code]) for c in ordered(made)]
    taken, beaten = plain.cut(todays, wanted, claimed)

    engine = DuckEngine(memory_limit_mb=256, threads=1)
    asked = [f"{name}" for name in questions(made, ())]
    found = pa.Table.from_pylist([
        {"customer_id": who} | {name: who in meant[name.removeprefix("campaign_")] for name in asked} for who in PEOPLE
    ])  # fmt: skip
    calls = [{"campaign": c, "customer_id": who} for c, many in called.items() for who in many]
    before = [
        {"campaign": c, "customer_id": who, "last_on": on} for c, many in entered.items() for who, on in many.items()
    ]
    rows = entrants(
        engine, Plan(made, (), {}, DAY, "salt"), engine.from_arrow(found),
        engine.from_arrow(pa.Table.from_pylist(calls, schema=CALLED)),
        engine.from_arrow(pa.Table.from_pylist(before, schema=ENTERED)),
    )  # fmt: skip
    told = {(r["customer_id"], r["campaign"], r["arm"], r["held_out"]) for r in engine.arrow(rows).to_pylist()}
    assert told == {
        (r["customer_id"], r["campaign"], r["arm"], r["held_out"]) for many in wanted.values() for r in many
    }
    others = engine.from_arrow(pa.Table.from_pylist(
        [{"customer_id": who, "treatment": what} for who, what in claimed.items()], schema=CLAIMED))  # fmt: skip
    made_cut = cut(engine, rows, todays, others)
    assert {(r["customer_id"], r["campaign"]) for r in engine.arrow(made_cut.rows).to_pylist()} == taken
    assert {
        (r["customer_id"], r["campaign"], r["beaten_by"]) for r in engine.arrow(made_cut.beaten).to_pylist()
    } == beaten
    engine.close()


@given(st.integers(0, 60), st.integers(0, 600_00), st.integers(0, 60), st.integers(1, 11))
def test_no_day_s_places_lead_over_budget_or_rate(messages: int, cents: int, today: int, hours: int):
    made = campaign(budget={"messages": 50, "money": 500}, rate={"per_day": 40, "per_hour": 4},
                    arms={"one": SERVICE | {"price": 10}, "two": SERVICE | {"price": 2}})  # fmt: skip
    left = places(made, Used(messages, cents, today), hours)
    assert left.messages == 0 or messages + left.messages <= 50
    assert left.messages == 0 or today + left.messages <= min(40, 4 * hours)
    assert left.messages == 0 or 500_00 - cents >= 10_00
    assert left.cents == 500_00 - cents
