"""Rhythm comes out the same on Spark as on DuckDB."""

import json
from datetime import date, timedelta

import pytest

from liuke.engine import Engine
from liuke.insight.behaviour.population import Period
from liuke.insight.rhythm.asked import Deed
from liuke.insight.rhythm.distribution import days_per_person, numbers, times_per_person
from liuke.insight.rhythm.stickiness import stickiness
from liuke.insight.rhythm.week_hours import week_hours
from tests.insight import bank as b
from tests.insight.retention.asking import event, population_of

VALUES = (1, 2.5, "3", "many", None, "NaN", "inf", 0.3)
EVENTS = [
    event(f"C{n % 7}", b.at(date(2026, 1, 1) + timedelta(days=n * n % 90), n % 24), "login",
          properties=json.dumps({"v": VALUES[n % 8]}))
    for n in range(150)
]  # fmt: skip


def answers(engine: Engine) -> list[object]:
    population = population_of(engine, EVENTS, date(2026, 3, 25))
    deed, period = Deed.model_validate({"what": {"name": "login"}}), Period(date(2026, 1, 20), date(2026, 3, 31))
    asks = (times_per_person, days_per_person, stickiness, week_hours)
    made: list[object] = [ask(engine, population, deed, period) for ask in asks]
    return [*made, numbers(engine, population, deed, period, property_="v")]


@pytest.mark.spark
def test_rhythm_is_the_same_on_both_engines(both: tuple[Engine, Engine]) -> None:
    duck, spark = both
    expected = answers(duck)
    assert answers(spark) == expected
