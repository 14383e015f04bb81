"""A funnel on hand-made histories: what it counts, how long it took, who stopped where, and what it refuses."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from liuke.errors import YourMistake
from liuke.insight.behaviour.breakdown import Breakdown, Group
from liuke.insight.behaviour.population import Period
from liuke.insight.funnel.breaking import with_values
from liuke.insight.funnel.entrants import entrants
from liuke.insight.funnel.reading import compared, reached, read_groups, read_steps, read_trend, stopped_at
from liuke.insight.funnel.spec import Funnel
from liuke.insight.rules.references import Names
from tests.insight.behaviour.crowd import Event, Move, moment, population

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
LOAN = Funnel.model_validate({"steps": [{"name": "search"}, {"name": "view"}, {"name": "apply"}], "window": "2d"})


def whole(who: str, day: int, *minutes: float) -> list[Event]:
    """search, view, apply: each that many minutes after midnight of the day."""
    return [Event(who, moment(day, m / 60), n) for m, n in zip(minutes, ("search", "view", "apply"), strict=False)]


def numbers(engine, people, funnel=LOAN, period=WEEK):
    found = entrants(engine, people, funnel, period)
    return found, read_steps(engine, found, len(funnel.steps), funnel.lasts)


def test_steps_have_people_shares_and_times(engine) -> None:
    people = population(engine, [
        *whole("C1", 2, 600, 601, 604), *whole("C2", 3, 600, 603, 623), *whole("C3", 3, 600, 605), *whole("C4", 4, 600),
    ])  # fmt: skip
    found, reading = numbers(engine, people)
    assert [step.people for step in reading.steps] == [4, 3, 2]
    assert [step.share for step in reading.steps] == [1.0, 0.75, 0.5]
    assert reading.steps[2].from_previous is not None
    assert reading.steps[2].from_previous.estimate == pytest.approx(2 / 3)
    assert [step.median for step in reading.steps] == [None, 180.0, pytest.approx((180 + 1200) / 2)]
    assert reading.steps[1].p90 == pytest.approx(180 + 0.8 * 120)
    assert (reading.median, reading.waiting) == (pytest.approx((240 + 1380) / 2), 0)
    assert {(bar.above, bar.upto): bar.people for bar in reading.bars if bar.people} == {(120, 300): 1, (600, 1800): 1}
    assert engine.arrow(stopped_at(found, 1))["customer_id"].to_pylist() == ["C4"]
    assert sorted(engine.arrow(reached(found, 3))["customer_id"].to_pylist()) == ["C1", "C2"]


def test_the_window_counts_from_the_first_step_and_its_very_end_still_counts(engine) -> None:
    day = 24 * 60
    people = population(engine, [*whole("C1", 2, 0, 1, 2 * day), *whole("C2", 2, 0, 1, 2 * day + 0.001)])
    assert [step.people for step in numbers(engine, people)[1].steps] == [2, 2, 1]


def test_a_later_first_step_begins_anew_and_the_best_entry_is_kept(engine) -> None:
    early = [Event("C1", moment(2, 0), "search"), Event("C1", moment(2, 1), "view")]
    people = population(engine, [*early, *whole("C1", 5, 0, 1, 2)])
    found, reading = numbers(engine, people)
    assert [step.people for step in reading.steps] == [1, 1, 1]
    assert engine.arrow(found)["at_1"].to_pylist() == [moment(5, 0)]


def test_the_period_bounds_the_first_step_only(engine) -> None:
    people = population(engine, [*whole("C1", 8, 23 * 60, 23 * 60 + 30, 25 * 60), *whole("C2", 1, 600, 601, 602)])
    assert [step.people for step in numbers(engine, people)[1].steps] == [1, 1, 1]


def test_who_may_still_go_on_is_waiting_and_the_day_is_not_mature(engine) -> None:
    period = Period(date(2026, 3, 8), date(2026, 3, 10))
    people = population(engine, [
        *whole("C1", 8, 60), *whole("C2", 9, 60, 61), *whole("C3", 9, 60, 61, 62), *whole("C4", 10, 60),
    ])  # fmt: skip
    found, reading = numbers(engine, people, period=period)
    assert [step.waiting for step in reading.steps] == [0, 1, 1]
    days = read_trend(engine, found, 3)
    assert [(d.day.day, d.people, d.converted, d.is_mature) for d in days] == [
        (8, 1, 0, True), (9, 2, 1, False), (10, 1, 0, False),
    ]  # fmt: skip
    assert engine.arrow(stopped_at(found, 1))["customer_id"].to_pylist() == ["C1"]
    assert sorted(engine.arrow(stopped_at(found, 1, waiting=True))["customer_id"].to_pylist()) == ["C1", "C4"]


def test_nothing_after_the_as_of_day_enters(engine) -> None:
    events = [*whole("C1", 9, 60), Event("C1", moment(11, 0.5), "view"), *whole("C2", 11, 0, 1, 2)]
    period = Period(date(2026, 3, 8), date(2026, 3, 10))
    reading = numbers(engine, population(engine, [*events, *whole("C3", 8, 0, 1, 2)]), period=period)[1]
    assert [step.people for step in reading.steps] == [2, 1, 1]


def test_transactions_are_steps_too_and_only_those_asked_about_count(engine) -> None:
    funnel = Funnel.model_validate({"steps": [
        {"name": "search", "where": {"property": "keyword", "value": "理财"}},
        {"did": "transaction", "name": "wealth", "where": {"column": "amount", "op": ">=", "value": 1000}},
    ]})  # fmt: skip
    events = [Event(c, moment(3), "search", {"keyword": "理财"}) for c in ("C1", "C2", "C3")]
    events.append(Event("C4", moment(3), "search", {"keyword": "贷款"}))
    moves = [
        Move("C1", moment(4), "wealth", 5000),
        Move("C2", moment(4), "wealth", 10),
        Move("C3", moment(4), "wealth", 1000),
    ]
    assert [s.people for s in numbers(engine, population(engine, events, moves), funnel)[1].steps] == [3, 2]
    some = population(engine, events, moves, customers=["C1", "C2", "C4"])
    assert [s.people for s in numbers(engine, some, funnel)[1].steps] == [2, 1]


def test_what_must_not_happen_in_between_removes_the_entry(engine) -> None:
    funnel = LOAN.model_copy(update={"exclusions": Funnel.model_validate({
        "steps": [{"name": "x"}, {"name": "y"}, {"name": "z"}],
        "exclusions": [{"not": {"name": "call"}, "after": 2, "before": 3}],
    }).exclusions})  # fmt: skip
    events = [
        *whole("C1", 2, 0, 1, 9), Event("C1", moment(2, 5 / 60), "call"),
        *whole("C2", 2, 0, 1, 9), Event("C2", moment(2, 0.5 / 60), "call"),
        *whole("C3", 2, 0, 1), Event("C3", moment(2, 1), "call"),
        *whole("C4", 2, 0), Event("C4", moment(2, 1), "call"),
    ]  # fmt: skip
    found, reading = numbers(engine, population(engine, events), funnel)
    assert [step.people for step in reading.steps] == [2, 1, 1]
    assert set(engine.arrow(found)["who"].to_pylist()) == {"C2", "C4"}


def test_visitors_nobody_knows_are_counted_by_device_and_left_out_of_lists(engine) -> None:
    events = [Event(None, moment(2), "search", device="d1"), Event(None, moment(3), "search", device="d2"),
              *whole("C1", 2, 0, 1, 2)]  # fmt: skip
    funnel = LOAN.model_copy(update={"unit": "visitor"})
    assert numbers(engine, population(engine, events))[1].people == 1
    found, reading = numbers(engine, population(engine, events), funnel)
    assert reading.people == 3
    assert engine.count(stopped_at(found, 1)) == 0
    assert numbers(engine, population(engine, events, customers=["C1"]), funnel)[1].people == 1


def test_groups_by_the_fact_touched_and_by_the_customer(engine) -> None:
    events = [
        Event("C1", moment(2, 1), "search", {"from": "banner"}), Event("C1", moment(2, 2), "view", {"from": "list"}),
        Event("C1", moment(2, 3), "apply", {"from": "list"}), Event("C2", moment(2, 1), "search", {"from": "banner"}),
        Event("C3", moment(2, 1), "search"), Event("C3", moment(2, 2), "view", {"from": "push"}),
    ]  # fmt: skip
    people = population(engine, events, people=[
        {"customer_id": "C1", "branch_id": "B1"}, {"customer_id": "C2", "branch_id": "B2"},
    ])  # fmt: skip
    found = entrants(engine, people, LOAN, WEEK)

    def counts(**by):
        asked = Breakdown.model_validate(by)
        groups = read_groups(engine, with_values(engine, people, LOAN, found, asked, Names()), 3)
        return {(g.kind, g.value): [step.people for step in r.steps] for g, r in groups.items()}

    assert counts(property="from") == {("value", "banner"): [2, 1, 1], ("missing", None): [1, 1, 0]}
    assert counts(property="from", touch="last") == {
        ("value", "banner"): [1, 0, 0], ("value", "list"): [1, 1, 1], ("value", "push"): [1, 1, 0],
    }  # fmt: skip
    assert counts(property="from", touch=2) == {
        ("value", "list"): [1, 1, 1], ("value", "push"): [1, 1, 0], ("missing", None): [1, 0, 0],
    }  # fmt: skip
    assert counts(attribute="branch_id") == {
        ("value", "B1"): [1, 1, 1], ("value", "B2"): [1, 0, 0], ("missing", None): [1, 1, 0],
    }  # fmt: skip
    assert counts(column="channel") == {("value", "app"): [3, 2, 1]}


def test_more_than_twenty_values_are_folded_into_the_rest(engine) -> None:
    events = [Event(f"C{i}", moment(2), "search", {"from": f"v{i:02}" if i < 24 else "v00"}) for i in range(30)]
    people = population(engine, [*events, *whole("C99", 3, 0, 1, 2)])
    by = Breakdown.model_validate({"property": "from"})
    found = with_values(engine, people, LOAN, entrants(engine, people, LOAN, WEEK), by, Names())
    groups = read_groups(engine, found, 3)
    assert next(iter(groups)) == Group("value", "v00")
    assert len(groups) == 22
    assert groups[Group("rest")].people == 4
    assert sum(reading.people for reading in groups.values()) == 31


def test_two_periods_are_compared_step_by_step(engine) -> None:
    events = [e for i in range(40) for e in whole(f"A{i}", 2, 0, 1, *([2] if i < 30 else []))]
    events += [e for i in range(40) for e in whole(f"B{i}", -5, 0, 1, *([2] if i < 10 else []))]
    people = population(engine, events)
    now, before = (numbers(engine, people, period=p)[1] for p in (WEEK, WEEK.before))
    entered, viewed, applied = compared(now, before)
    assert entered is not None
    assert viewed is not None
    assert applied is not None
    assert not viewed.excludes_zero
    assert (applied.estimate, applied.low > 0) == (0.5, True)


def test_one_with_a_hundred_thousand_events_is_one_person(engine) -> None:
    many = [Event("C1", moment(2, i / 5000), "view" if i % 2 else "search") for i in range(100_000)]
    reading = numbers(engine, population(engine, [*many, *whole("C1", 8, 1, 2, 3)]))[1]
    assert [step.people for step in reading.steps] == [1, 1, 1]


def test_a_name_nobody_bears_is_told_with_the_nearest(engine) -> None:
    funnel = Funnel.model_validate({"steps": [{"name": "search"}, {"name": "aply"}]})
    with pytest.raises(YourMistake, match=r"no event is called 'aply'.*did you mean 'apply'"):
        entrants(engine, population(engine, whole("C1", 2, 0, 1, 2)), funnel, WEEK)


def test_a_period_that_data_have_not_reached_or_that_runs_backwards_is_refused(engine) -> None:
    with pytest.raises(YourMistake, match="begins on 2026-03-11, data end on 2026-03-10"):
        entrants(engine, population(engine), LOAN, Period(date(2026, 3, 11), date(2026, 3, 12)))
    people = population(engine, whole("C1", 2, 0, 1, 2))
    with pytest.raises(YourMistake, match="ends on 2026-01-08, data begin on 2026-03-02"):
        entrants(engine, people, LOAN, Period(date(2026, 1, 1), date(2026, 1, 8)))
    with pytest.raises(YourMistake, match="ends on 2026-03-01, before it begins"):
        Period(date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(YourMistake, match="the period has 3661 days"):
        Period(date(2016, 3, 2), date(2026, 3, 10))


@pytest.mark.parametrize(("wrong", "told"), [
    ({"window": "0d"}, "no time longer than zero"),
    ({"window": "soon"}, "no time longer than zero"),
    ({"window": "900d"}, "at most 366 days"),
    ({"steps": []}, "at least 1 item"),
    ({"steps": [{"name": "a"}], "order": "any", "exclusions": [{"not": {"name": "b"}}]}, "have no 'between'"),
    ({"steps": [{"name": "a"}, {"did": "transaction"}], "order": "strict"}, "a strict order is one of events"),
    ({"exclusions": [{"not": {"name": "b"}, "after": 2, "before": 2}]}, "between|after one step and before a later"),
    ({"steps": [{"name": "a", "within": 3}]}, "takes no `within`"),
    ({"steps": [{"did": "evnt"}]}, "did you mean 'event'"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(wrong, told) -> None:
    given = {"steps": [{"name": "a"}, {"name": "b"}], **wrong}
    with pytest.raises(ValidationError, match=told):
        Funnel.model_validate(given)
