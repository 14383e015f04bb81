"""Any people's entries are those of the plain words: ties, repeated steps, windows at their edge, what must not be."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.insight.behaviour.population import Period
from liuke.insight.funnel.entrants import entrants
from liuke.insight.funnel.spec import Funnel
from tests.insight.behaviour.crowd import DAY, Event, moment, population
from tests.insight.funnel.reference import Fact, kept
from tests.night import times

NAMES = ("a", "b", "c", "d")
PEOPLE = [f"C{n}" for n in range(6)]
EVENTS = st.lists(
    st.builds(
        Event,
        who=st.sampled_from(PEOPLE),
        at=st.builds(moment, st.integers(1, 9), st.sampled_from([0, 0.5, 1, 12, 24])),
        name=st.sampled_from(NAMES),
    ),
    max_size=60,
)
STEPS = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True), min_size=1, max_size=3)


@settings(max_examples=times(12, 300))
@given(events=EVENTS, steps=STEPS, order=st.sampled_from(["ordered", "strict", "any"]), hours=st.integers(1, 60),
       banned=st.none() | st.sampled_from(NAMES))  # fmt: skip
def test_entries_are_those_of_the_plain_words(engine, events, steps, order, hours, banned) -> None:
    exclusions = [{"not": {"name": banned}}] if banned and len(steps) > 1 and order != "any" else []
    funnel = Funnel.model_validate(
        {"steps": [{"name": names} for names in steps], "order": order, "window": f"{hours}h", "exclusions": exclusions}
    )
    period = Period(date(2026, 3, 2), date(2026, 3, 7))
    asked = [*steps, [banned]] if exclusions else steps
    people = population(engine, [*events, *(Event("C9", moment(7, 1), name) for name in NAMES)])
    found = entrants(engine, people, funnel, period)
    rows = {row["who"]: row for row in engine.arrow(found).to_pylist()}
    engine.release(found)
    for who in PEOPLE:
        facts = [_fact(e, asked) for e in events if e.who == who and e.at < moment(DAY.day + 1, 0)]
        facts = [fact for fact in facts if fact.things or order == "strict"]
        bans = [(len(steps), 0, len(steps) - 1)] if exclusions else []
        best = kept(facts, len(steps), order, timedelta(hours=hours), period.begins, period.ends, bans)
        row = rows.get(who)
        assert (row is None) == (best is None)
        if best and row:
            told = [row[f"at_{k}"] for k in range(1, len(steps) + 1)]
            assert [at for at in told if at is not None] == list(best.moments)
            assert row["depth"] == len(best.moments)
            assert row["day"] == (best.moments[0] + timedelta(hours=8)).date()
            ends = best.moments[0] + timedelta(hours=hours)
            assert row["is_open"] == (row["depth"] < len(steps) and ends >= moment(DAY.day + 1, 0))


def _fact(event: Event, asked: list[list[str]]) -> Fact:
    return Fact(event.at, frozenset(i for i, names in enumerate(asked) if event.name in names))
