"""Retention and rhythm of real shoppers are what a few sets over the file say."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from liuke.engine import DuckEngine
from liuke.insight.behaviour.population import Period
from liuke.insight.known import SHANGHAI
from liuke.insight.retention.retained import retention
from liuke.insight.retention.spec import Retention
from liuke.insight.rhythm.asked import Deed
from liuke.insight.rhythm.distribution import days_per_person
from liuke.insight.rhythm.stickiness import stickiness
from liuke.insight.rhythm.week_hours import week_hours
from tests.insight.behaviour.shoppers import FIRST, LAST, Click, clicks, shoppers

DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def by_day(rows: list[Click], names: tuple[str, ...]) -> dict[date, set[str]]:
    found: dict[date, set[str]] = defaultdict(set)
    for row in rows:
        if row.name in names:
            found[row.at.astimezone(SHANGHAI).date()].add(row.who)
    return found


@pytest.mark.parametrize("kind", ["first_time", "recurring"])
def test_who_looks_and_buys_on_a_later_day_is_what_sets_of_the_days_say(kind: str) -> None:
    rows = clicks()
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    asked = Retention.model_validate({
        "start": {"name": "pv"}, "return": {"name": "buy"}, "every": "day", "periods": 8, "kind": kind,
        "look_back_days": 0,
    })  # fmt: skip
    reading = retention(engine, shoppers(engine, rows), asked, Period(FIRST, LAST))
    engine.close()
    looked, bought = by_day(rows, ("pv",)), by_day(rows, ("buy",))
    wanted: dict[tuple[date, int], tuple[int, int]] = {}
    before: set[str] = set()
    for number, day in enumerate(DAYS):
        cohort = looked[day] - (before if kind == "first_time" else set())
        before |= looked[day]
        wanted |= {
            (day, later - number): (len(cohort), len(cohort & bought[DAYS[later]])) for later in range(number, 9)
        }  # fmt: skip
    assert {(c.cohort.first, c.period): (c.people, c.returned) for c in reading.cells} == wanted
    assert all(c.is_mature for c in reading.cells)
    assert sum(returned for _, returned in wanted.values()) > 500


def test_the_rhythm_of_shoppers_is_what_sets_of_days_and_hours_say() -> None:
    rows = clicks()
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    population, deed, period = shoppers(engine, rows), Deed.model_validate({"what": {}}), Period(FIRST, LAST)
    active = stickiness(engine, population, deed, period)
    days = days_per_person(engine, population, deed, period)
    hours = week_hours(engine, population, deed, period)
    engine.close()
    seen = by_day(rows, ("pv", "fav", "cart", "buy"))
    assert [day.daily for day in active] == [len(seen[day]) for day in DAYS]
    assert active[-1].weekly == len(set().union(*(seen[day] for day in DAYS[-7:])))
    assert [day.is_week_whole for day in active] == [False] * 6 + [True] * 3
    counts = Counter(Counter(who for day in DAYS for who in seen[day]).values())
    assert {bar.first: bar.people for bar in days.bars[:5]} == {n: counts[n] for n in range(1, 6)}
    local = [(row.who, row.at.astimezone(SHANGHAI)) for row in rows]
    people = Counter((day, hour) for _, day, hour in {(who, at.weekday(), at.hour) for who, at in local})
    assert {(one.weekday, one.hour): one.people for one in hours if one.people} == people
