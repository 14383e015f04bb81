"""Retention against a slow, plain reference, and what its words promise."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.behaviour.population import Period
from liuke.insight.retention.reading import RetentionReading, compared
from liuke.insight.retention.retained import people_of_cell, retention
from liuke.insight.retention.spec import Retention
from liuke.stats.compare import difference_of_proportions
from tests.insight.bank import at
from tests.insight.retention import reference as ref
from tests.insight.retention.asking import event, population_of
from tests.night import times

NAMES = ("open", "login", "pay")


def spec(q: ref.Question, came: tuple[str, ...] = ("login",), **more: Any) -> Retention:
    """came: names that count as coming back; none for the start again."""
    wanted = {k: v for k, v in asdict(q).items() if k not in ("first", "last", "as_of")}
    both = {"return": {"name": came}} if came else {}
    return Retention.model_validate({"start": {"name": "open"}, **both, **wanted, **more})


def ask(
    engine: Engine, q: ref.Question, events: list[dict[str, Any]], came: tuple[str, ...] = ("login",)
) -> RetentionReading:  # fmt: skip
    return retention(engine, population_of(engine, events, q.as_of), spec(q, came), Period(q.first, q.last))


def facts(events: list[dict[str, Any]], came: tuple[str, ...] = ("login",)) -> list[ref.Fact]:
    return [
        ref.Fact(e["customer_id"], e["occurred_at"], e["event_name"] == "open", e["event_name"] in (came or ("open",)))
        for e in events
        if e["customer_id"] is not None
    ]


def cells(reading: RetentionReading, q: ref.Question) -> dict[tuple[date, int], tuple[int, int, bool]]:
    return {(q.label(c.cohort.first), c.period): (c.people, c.returned, c.is_mature) for c in reading.cells}


START = datetime(2026, 1, 20, 15, 30, tzinfo=UTC)
"""23:30 in Shanghai: a few minutes decide on which day a fact lies."""
_moments = st.one_of(
    st.integers(0, 70 * 24 * 4).map(lambda quarter: START + timedelta(minutes=15 * quarter)),
    st.integers(0, 70).map(lambda days: START + timedelta(days=days)),
    st.tuples(st.integers(0, 70), st.sampled_from((-1, 0))).map(
        lambda edge: START + timedelta(days=edge[0], minutes=30, microseconds=edge[1])
    ),
)
_events = st.lists(
    st.tuples(st.sampled_from(("A", "A", "A", "B", "B", "C", None)), _moments, st.sampled_from(NAMES)),
    min_size=12,
    max_size=60,
).map(lambda rows: [event(*one) for one in rows])


@st.composite
def _questions(draw: st.DrawFn) -> ref.Question:
    first = date(2026, 1, 19) + timedelta(days=draw(st.integers(0, 10)))
    last = first + timedelta(days=draw(st.integers(0, 45)))
    periods = draw(st.one_of(st.integers(1, 5), st.integers(20, 60)))
    return ref.Question(
        first,
        last,
        first + timedelta(days=draw(st.one_of(st.integers(0, 80), st.just(150)))),
        draw(st.sampled_from(("day", "week", "month"))),
        periods,
        draw(st.sampled_from(("first_time", "recurring"))),
        draw(st.sampled_from(("on", "on_or_after"))),
        draw(st.sampled_from(("calendar", "rolling"))),
        draw(st.sampled_from((0, 3, 30))),
        draw(st.integers(1, min(3, periods))),
    )


@settings(max_examples=times(25, 250), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=_questions(), events=_events, came=st.sampled_from(((), ("login",), ("login", "pay"))))
def test_every_cell_and_every_life_is_that_of_the_plain_reference(
    engine: Engine, q: ref.Question, events: list[dict[str, Any]], came: tuple[str, ...]
) -> None:
    found = ref.entries(facts(events, came), q)
    if not any(periods for _, _, periods, _ in found):
        return  # names are then checked, see below
    nobody = [event(None, at(q.first), name) for name in NAMES]
    reading = ask(engine, q, [*events, *nobody], came)
    assert cells(reading, q) == ref.cells(found, q)
    lives = ref.lifetimes(found, q)
    for step in reading.survival:
        k = step.period
        assert step.lost == sum(lost and lasted == k for lasted, lost in lives)
        assert step.at_risk == step.lost + sum(lasted >= k if not lost else lasted > k for lasted, lost in lives)
    if not reading.survival:
        assert not any(lasted for lasted, _ in lives)


@settings(max_examples=times(8, 80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=_questions(), events=_events, data=st.data())
def test_the_people_of_a_cell_are_those_it_counts(
    engine: Engine, q: ref.Question, events: list[dict[str, Any]], data: st.DataObject
) -> None:
    found = ref.entries(facts(events), q)
    number = data.draw(st.integers(0, len(q.labels()) - 1))
    k = data.draw(st.integers(0, q.periods))
    later = q.counting == "on_or_after"
    for returned in (True, False):
        rows = people_of_cell(
            engine, population_of(engine, events, q.as_of), spec(q), Period(q.first, q.last), number, k,
            returned=returned,
        )  # fmt: skip
        wanted = [
            who for label, who, came, _ in found
            if label == q.labels()[number] and (any(j >= k for j in came) if later else k in came) == returned
        ]  # fmt: skip
        assert sorted(engine.arrow(rows)["customer_id"].to_pylist()) == sorted(wanted)


WEEK = ref.Question(date(2026, 3, 2), date(2026, 3, 22), date(2026, 3, 31), "week", 3)


@pytest.mark.parametrize("clock", ["calendar", "rolling"])
def test_who_comes_every_day_is_there_in_every_period_of_every_cohort(engine: Engine, clock: str) -> None:
    first, last = date(2026, 1, 1), date(2026, 3, 6)
    events = [event("A", at(first + timedelta(days=n), 0), "open") for n in range(130)]
    q = ref.Question(first, last, date(2026, 5, 10), "day", 60, "recurring", clock=clock)
    reading = ask(engine, q, events, came=())
    assert len(reading.cells) == 65 * 61
    assert {(c.people, c.returned) for c in reading.cells} == {(1, 1)}


def test_who_came_later_than_the_as_of_day_is_not_known(engine: Engine) -> None:
    events = [event("A", at(date(2026, 3, 3)), "open"), event("A", at(date(2026, 3, 10)), "login")]
    later = [event("A", at(date(2026, 4, 1)), "login"), event("B", at(date(2026, 4, 1)), "open")]
    assert ask(engine, WEEK, events + later) == ask(engine, WEEK, events)


def test_a_period_that_has_not_passed_is_marked_and_in_no_mean(engine: Engine) -> None:
    events = [event(who, at(date(2026, 3, day)), "open") for who, day in (("A", 3), ("B", 10), ("C", 17))]
    events += [event("A", at(date(2026, 3, 24)), "login"), event("C", at(date(2026, 3, 31)), "login")]
    reading = ask(engine, WEEK, events)
    open_cells = [(c.cohort.number, c.period) for c in reading.cells if not c.is_mature]
    assert open_cells == [(1, 3), (2, 2)]
    assert [(p.cohorts, p.people, p.returned) for p in reading.curve] == [(3, 3, 0), (3, 3, 0), (2, 2, 0), (1, 1, 1)]


def test_the_mean_weighs_people_and_its_mirror_is_churn(engine: Engine) -> None:
    many = [event(f"M{n}", at(date(2026, 3, 2)), "open") for n in range(9)]
    one = [event("A", at(date(2026, 3, 9)), "open"), event("A", at(date(2026, 3, 16)), "login")]
    point = ask(engine, WEEK, many + one).curve[1]
    assert point.retained is not None
    assert point.churned is not None
    assert (point.people, point.returned, point.retained.estimate) == (10, 1, 0.1)
    assert point.churned.estimate == pytest.approx(0.9)
    assert point.churned.low == pytest.approx(1 - point.retained.high)


def test_a_person_in_several_cohorts_counts_once_in_the_width(engine: Engine) -> None:
    days = [date(2026, 3, 2) + timedelta(days=7 * n) for n in range(3)]
    events = [event(f"P{n}", at(day), name) for n in range(8) for day in days for name in ("open", "login")]
    again = ask(engine, replace(WEEK, kind="recurring"), events).curve[1]
    once = ask(engine, WEEK, events).curve[1]
    assert again.retained is not None
    assert once.retained is not None
    assert (again.people, once.people) == (24, 8)
    wide, narrow = (r.retained.high - r.retained.low for r in (again, once) if r.retained)
    assert wide >= narrow


def test_two_periods_are_compared_mean_by_mean_where_both_have_one(engine: Engine) -> None:
    monday = date(2026, 1, 5)
    people = [f"C{n}" for n in range(40)]
    came = {0: people[:30], 28: people[:10]}
    rows = [event(who, at(monday + timedelta(days=begins)), "open") for begins in came for who in people]
    rows += [
        event(who, at(monday + timedelta(days=begins + 7)), "login") for begins, them in came.items() for who in them
    ]
    asked = Retention.model_validate(
        {"start": {"name": "open"}, "return": {"name": "login"}, "every": "week", "periods": 4, "kind": "recurring"}
    )
    then, now = (
        retention(engine, population_of(engine, rows, monday + timedelta(days=45)), asked, Period(first, first))
        for first in (monday, monday + timedelta(days=28))
    )
    changes = compared(now, then)
    told = difference_of_proportions(10, 40, 30, 40)
    assert told is not None
    assert changes[1] is not None
    assert asdict(changes[1]) == pytest.approx(asdict(told))
    assert [change is None for change in changes] == [False, False, True, True, True]


def test_who_had_a_start_in_the_look_back_is_not_new(engine: Engine) -> None:
    events = [event("A", at(date(2026, 2, 27)), "open"), event("A", at(date(2026, 3, 3)), "open")]
    events += [event("B", at(date(2026, 3, 3)), "open"), event("B", at(date(2026, 3, 3)), "login")]
    assert ask(engine, replace(WEEK, look_back_days=7), events).people == 1
    assert ask(engine, replace(WEEK, look_back_days=2), events).people == 2


def test_a_hundred_thousand_events_of_one_person_are_one_person(engine: Engine) -> None:
    moments = [at(date(2026, 3, 2)) + timedelta(seconds=20 * n) for n in range(100_000)]
    events = [event("A", moment, NAMES[n % 2]) for n, moment in enumerate(moments)]
    for clock in ("calendar", "rolling"):
        q = replace(WEEK, kind="recurring", clock=clock)
        assert cells(ask(engine, q, events), q) == ref.cells(ref.entries(facts(events[:2] + events[::2501]), q), q)


def test_an_event_that_nobody_did_is_named_with_the_nearest(engine: Engine) -> None:
    events = [event("A", at(date(2026, 3, 3)), "opens"), event("A", at(date(2026, 3, 3)), "login")]
    with pytest.raises(YourMistake, match="did you mean 'opens'"):
        ask(engine, WEEK, events)


def test_more_cells_than_can_be_read_are_refused_with_what_fits(engine: Engine) -> None:
    q = ref.Question(date(2026, 1, 1), date(2026, 6, 30), date(2026, 6, 30), "day", 60)
    with pytest.raises(YourMistake, match="11041 cells") as caught:
        ask(engine, q, [])
    assert "at most 21 periods" in caught.value.render()
