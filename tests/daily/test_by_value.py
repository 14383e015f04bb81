"""A day decided by expected incremental value: what is stored is what the library says, a second run says the same."""

from datetime import timedelta

import ibis
import pyarrow as pa
import pytest

from liuke.act.arbitrate.arbitrate import arbitrate
from liuke.act.arbitrate.lever_policy import read_lever_policy
from liuke.act.arbitrate.parts import terms_sheet
from liuke.act.arbitrate.value import IDENTITY
from liuke.act.decide import at_desks, capacities
from liuke.act.holdout import draw
from liuke.act.loop_policy import read_loop_policy
from liuke.act.offers.bank_offers import read_bank_offers
from liuke.daily import run_day
from liuke.insight.known import bank_tables
from liuke.state.models import WorkOrder
from liuke.tables import CANDIDATE_FATE, CONSENT, CUSTOMER, CUSTOMER_SNAPSHOT, DECISION
from tests.daily.by_value import by_value
from tests.simulated import SMALL

pytestmark = pytest.mark.django_db

DAY = SMALL.end
COMPETED = {"chosen", "held_out", "capacity", "not_worth", "human_review", "gated"}


@pytest.fixture
def house(house):
    """With a policy under which calls are worth making: the small bank's customers have little."""
    by_value(house)
    return house


def rows(house, table):
    with house.engine() as engine:
        found = engine.arrow(house.lake.scan(engine, table)).to_pylist()
    return sorted(found, key=lambda row: [str(row[name]) for name in table.key])


def by_the_library(house, stored):
    """Fates of the candidates that competed, decided again from nothing but what the stored rows say."""
    fates = [row for row in stored if row["effort"] is not None]
    loop, levers = read_loop_policy(house.policy("loop")), read_lever_policy(house.policy("levers"))
    bank = read_bank_offers(house.home)
    experiments = {row["customer_id"]: None for row in fates}
    with house.engine() as engine:
        data = pa.Table.from_pylist(fates, schema=CANDIDATE_FATE.arrow)
        asked = engine.from_arrow(data).drop("fate", "beaten_by", "draw", "explored", "explore_draw", "explore_share",
                                             "draw_probability", "experiment", "holdout_share", "eiv", "lever", "desk",
                                             "effort")  # fmt: skip
        asked = asked.left_join(engine.from_arrow(terms_sheet(bank.offers.values())), "offer_id").drop("offer_id_right")
        off = (asked.rule == "automated_off").fill_null(False)
        asked = asked.mutate(
            gate=ibis.ifelse(off & (asked.stops == 1), ibis.null("string"), asked.gate),
            eligible=(asked.gate != "eligibility").fill_null(True),
            applicable=(asked.gate != "applicability").fill_null(True), holdout_share=loop.holdout_share,
            experiment=ibis.ifelse(asked.source == "churn", loop.experiment, "offer_" + asked.treatment), off=off,
        )  # fmt: skip
        people = house.lake.scan(engine, CUSTOMER_SNAPSHOT).filter(lambda t: t.customer_id.isin(list(experiments)))
        staff = bank_tables(house.lake, engine, house.as_of(DAY), house.zone).staff
        people = at_desks(people, capacities(staff, loop), loop)
        refused = asked.filter(asked.off).select("customer_id").distinct().mutate(automated_off=True)
        people = people.left_join(refused, "customer_id").drop("customer_id_right")
        desks = people.group_by("desk").aggregate(capacity=people.daily_capacity.max())
        made = arbitrate(engine, asked.drop("off"), people.select("customer_id", "desk", "automated_off"), desks,
                         levers, DAY, loop.salt)  # fmt: skip
        told = engine.arrow(made.fates.select("customer_id", *IDENTITY, "fate")).to_pylist()
    return {tuple(row[n] for n in ("customer_id", *IDENTITY)): row["fate"] for row in told}


def refuse(house, customers, purposes, day, known):
    """The customers refuse, with effect of the day; the bank learns of it at that moment."""
    made = [
        dict.fromkeys(CONSENT.arrow.names)
        | {"source": "desk", "batch_id": str(known), "line": n, "business_date": day, "ingested_at": known}
        | {"customer_id": who, "consent_id": f"{who}{purpose}", "purpose": purpose, "channel": "all"}
        | {"granted": False, "version": "1", "effective_at": known}
        for n, who in enumerate(sorted(customers))
        for purpose in purposes
    ]
    house.lake.append(CONSENT, pa.Table.from_pylist(made, schema=CONSENT.arrow), commit_id=f"refused {known}")


def test_a_day_is_decided_as_the_library_says_and_the_same_when_run_again_with_more_known(house):
    report = run_day(house, DAY)
    stored, decided = rows(house, CANDIDATE_FATE), rows(house, DECISION)
    competed = {tuple(r[n] for n in ("customer_id", *IDENTITY)): r["fate"] for r in stored if r["effort"] is not None}
    assert {*competed.values()} >= COMPETED
    assert by_the_library(house, stored) == competed

    chosen = {(r["customer_id"], r["treatment"]) for r in stored if r["effort"] is not None and r["fate"] == "chosen"}
    treated = {(r["customer_id"], r["treatment"]) for r in decided if r["arm"] == "treated"}
    assert chosen == treated
    assert {treatment for _, treatment in treated} > {"rm_care"}
    held = {r["customer_id"] for r in stored if r["fate"] == "held_out"}
    assert held == {r["customer_id"] for r in decided if r["arm"] == "holdout"}
    assert all(r["draw"] == draw(r["customer_id"], r["experiment"], "liuke") for r in decided)
    assert any('"draw_probability"' in r["candidates"] for r in decided)
    assert set(WorkOrder.objects.values_list("customer_id", flat=True)) == {customer for customer, _ in treated}
    assert (report.decided, report.orders_opened) == (len(decided), len(treated))

    later = house.as_of(DAY).known_by + timedelta(hours=6)
    everybody = [row["customer_id"] for row in rows(house, CUSTOMER_SNAPSHOT)]
    refuse(house, everybody, ("automated_decision", "marketing"), DAY + timedelta(days=1), later)
    again = run_day(house, DAY)
    assert (again.decided, again.orders_opened) == (0, 0)
    assert rows(house, CANDIDATE_FATE) == stored
    assert rows(house, DECISION) == decided


@pytest.mark.parametrize("by", ["score", "incremental_value"])
def test_who_refuses_automated_decisions_is_left_to_people(house, by):
    policy = house.home / "policies" / "loop.yaml"
    policy.write_text(f"decide_by: {by}\ndefault_daily_capacity: 100\n", encoding="utf-8")
    with house.engine() as engine:
        who = engine.arrow(house.lake.scan(engine, CUSTOMER).select("customer_id"))["customer_id"].to_pylist()
    off = {customer for customer in who if customer.endswith(("1", "3", "5", "7", "9"))}
    refuse(house, off, ("automated_decision",), DAY, house.as_of(DAY).known_by - timedelta(hours=1))
    run_day(house, DAY, loop_only=True)
    told = {row["customer_id"]: (row["fate"], row["gate"], row["rule"]) for row in rows(house, CANDIDATE_FATE)}
    left = {customer for customer, found in told.items() if found == ("human_review", "consent", "automated_off")}
    assert left
    assert left == {customer for customer in off & set(told) if told[customer][0] != "gated"}
    decided = {row["customer_id"] for row in rows(house, DECISION)}
    assert decided
    assert not decided & off
