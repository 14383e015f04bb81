"""Rhythm against its plain words: counts, days, numbers, stickiness, hours of the week."""

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.behaviour.population import Period
from liuke.insight.rhythm.asked import Deed
from liuke.insight.rhythm.distribution import CountReading, days_per_person, numbers, quantile_of, times_per_person
from liuke.insight.rhythm.stickiness import stickiness
from liuke.insight.rhythm.week_hours import offsets, week_hours
from tests.insight.bank import ZONE, at
from tests.insight.retention.asking import event, population_of
from tests.night import times

FIRST, LAST, AS_OF = date(2026, 3, 1), date(2026, 5, 31), date(2026, 5, 20)
PERIOD = Period(FIRST, LAST)
LOGIN = Deed.model_validate({"what": {"name": "login"}})
START = datetime(2026, 1, 25, 15, 30, tzinfo=UTC)
_moments = st.tuples(st.integers(0, 130), st.sampled_from((0, 29, 30, 31, 400, 1000))).map(
    lambda drawn: START + timedelta(days=drawn[0], minutes=drawn[1])
)
_events = st.lists(
    st.tuples(st.sampled_from(("A", "A", "B", "C", None)), _moments, st.sampled_from(("login", "login", "pay"))),
    min_size=10,
    max_size=80,
).map(lambda rows: [event(*one) for one in rows])
_checked = settings(
    max_examples=times(5, 50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def logins(events: list[dict[str, Any]], first: date = FIRST) -> list[tuple[str, datetime]]:
    """Who logged in when, local, in the days that have passed."""
    found = [(e["customer_id"], e["occurred_at"].astimezone(ZONE)) for e in events if e["event_name"] == "login"]
    return [(who, local) for who, local in found if who and first <= local.date() <= AS_OF]


def bars(reading: CountReading) -> dict[int, int]:
    """People by number of times, as far as bars hold one number."""
    return {bar.first: bar.people for bar in reading.bars if bar.first == bar.last and bar.people}


@_checked
@given(_events)
def test_times_and_days_per_person_are_counted_as_told(engine: Engine, events: list[dict[str, Any]]) -> None:
    done = logins(events)
    if not done:
        return
    population = population_of(engine, events, AS_OF)
    times = Counter(who for who, _ in done)
    days = Counter(who for who, _ in {(who, local.date()) for who, local in done})
    for reading, wanted in (
        (times_per_person(engine, population, LOGIN, PERIOD), times),
        (days_per_person(engine, population, LOGIN, PERIOD), days),
    ):
        assert (reading.people, reading.times) == (len(wanted), wanted.total())
        assert bars(reading) == Counter(n for n in wanted.values() if n <= 5)
        assert sum(bar.people for bar in reading.bars) == reading.people
        assert sum(bar.times for bar in reading.bars) == reading.times
        assert reading.median == sorted(wanted.values())[(len(wanted) - 1) // 2]


@_checked
@given(_events)
def test_stickiness_counts_who_came_in_the_days_just_before(engine: Engine, events: list[dict[str, Any]]) -> None:
    done = logins(events, date(2026, 1, 1))
    if not any(local.date() >= FIRST for _, local in done):
        return
    seen = {(who, local.date()) for who, local in done}
    since = min(e["business_date"] for e in events)
    for found in stickiness(engine, population_of(engine, events, AS_OF), LOGIN, PERIOD):
        counts = [
            len({who for who, day in seen if found.day - timedelta(days=back) < day <= found.day})
            for back in (1, 7, 30)
        ]  # fmt: skip
        assert [found.daily, found.weekly, found.monthly] == counts
        assert found.is_month_whole == (since <= found.day - timedelta(days=29))
        assert found.is_week_whole == (since <= found.day - timedelta(days=6))
        assert found.stickiness is None or found.stickiness == counts[0] / counts[2]


@_checked
@given(_events)
def test_hours_of_the_week_are_local_and_count_a_person_once(engine: Engine, events: list[dict[str, Any]]) -> None:
    done = logins(events)
    if not done:
        return
    people: dict[tuple[int, int], set[str]] = defaultdict(set)
    for who, local in done:
        people[local.weekday(), local.hour].add(who)
    times = Counter((local.weekday(), local.hour) for _, local in done)
    found = week_hours(engine, population_of(engine, events, AS_OF), LOGIN, PERIOD)
    assert [(one.weekday, one.hour) for one in found] == [(d, h) for d in range(7) for h in range(24)]
    assert {(o.weekday, o.hour): o.people for o in found if o.people} == {k: len(v) for k, v in people.items()}
    assert {(o.weekday, o.hour): o.facts for o in found if o.facts} == times
    assert sum(found[24 * day].days for day in range(7)) == (AS_OF - FIRST).days + 1


def test_clocks_that_change_within_the_period_are_followed(engine: Engine) -> None:
    zone = ZoneInfo("Europe/Zurich")
    period = Period(date(2026, 3, 28), date(2026, 3, 30), zone)
    assert [ahead for _, ahead in offsets(period, zone)] == [3600, 7200]
    moments = [datetime(2026, 3, day, 9, tzinfo=zone).astimezone(UTC) for day in (28, 30)]
    events = [event("A", moment, "login", business_date=moment.date()) for moment in moments]
    found = week_hours(engine, population_of(engine, events, date(2026, 3, 30)), LOGIN, period)
    assert {(one.weekday, one.hour) for one in found if one.facts} == {(5, 9), (0, 9)}


def test_numbers_and_texts_in_one_property_are_told_apart(engine: Engine) -> None:
    values: list[Any] = [1, 2.5, "3", "many", None, "nan", 40]
    events = [event("A", at(FIRST, n), "login", properties=json.dumps({"v": v})) for n, v in enumerate(values)]
    events.append(event("A", at(FIRST, 20), "login", properties="{broken"))
    found = numbers(engine, population_of(engine, events, AS_OF), LOGIN, PERIOD, property_="v")
    good = [1, 2.5, 3, 40]
    assert (found.facts, found.values, found.missing, found.no_numbers) == (8, 4, 2, 2)
    assert (found.total, found.mean, found.median) == (sum(good), mean(good), median(good))
    assert [note.facts["n"] for note in found.notes] == ["2"]
    assert sum(bar.values for bar in found.bars) == 4


def test_a_value_at_an_edge_is_in_the_bar_that_begins_there(engine: Engine) -> None:
    values = [n / 10 for n in range(18)]
    events = [event("A", at(FIRST, n), "login", properties=json.dumps({"v": v})) for n, v in enumerate(values)]
    found = numbers(engine, population_of(engine, events, AS_OF), LOGIN, PERIOD, property_="v")
    assert [(bar.above, bar.values) for bar in found.bars] == [*((v, 1) for v in values[:16]), (1.6, 2)]
    assert found.bars[-1].below is None
    assert found.notes == ()


@given(st.dictionaries(st.integers(1, 30), st.integers(1, 9), min_size=1), st.sampled_from((0.1, 0.5, 0.9)))
def test_a_quantile_is_the_least_number_that_so_many_do_not_exceed(counts: dict[int, int], share: float) -> None:
    found = quantile_of(counts, share)
    assert found is not None
    total = sum(counts.values())
    assert sum(c for n, c in counts.items() if n <= found) >= share * total
    assert sum(c for n, c in counts.items() if n < found) < share * total


def test_mistakes_say_what_is_wrong_and_what_would_fit(engine: Engine) -> None:
    population = population_of(engine, [event("A", at(FIRST), "logins")], AS_OF)
    with pytest.raises(YourMistake, match="did you mean 'logins'"):
        times_per_person(engine, population, LOGIN, PERIOD)
    with pytest.raises(YourMistake, match="data begin on 2026-03-01"):
        stickiness(engine, population, LOGIN, Period(date(2025, 1, 1), date(2025, 2, 1)))
    with pytest.raises(YourMistake, match="at most 366"):
        week_hours(engine, population, LOGIN, Period(date(2024, 1, 1), LAST))
    with pytest.raises(YourMistake, match="no column of numbers called 'channel'"):
        numbers(engine, population, LOGIN, PERIOD, column="channel")
