"""Retention and kept assets come out the same on Spark as on DuckDB."""

from datetime import date, timedelta

import pytest

from liuke.engine import Engine
from liuke.insight.behaviour.breakdown import Breakdown
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.retention.kept_assets import kept_assets
from liuke.insight.retention.retained import retention, retention_groups
from liuke.insight.retention.spec import KeptAssets, Retention
from tests.insight import bank as b
from tests.insight.retention.asking import event, population_of
from tests.insight.rules.asking import data_of

FIRST = date(2026, 1, 1)
EVENTS = [
    event(f"C{n % 7}", b.at(FIRST + timedelta(days=n * n % 90), n % 24), ("open", "login", "login")[n % 3],
          properties=('{"page":"a"}', None, '{"page":"b"}')[n % 5 % 3])
    for n in range(150)
]  # fmt: skip
BANK = {
    "customer": [b.customer(f"C{n}") for n in range(5)],
    "account": [b.account(f"A{n}", f"C{n}") for n in range(5)],
    "balance_daily": [b.balance(n * 13 % 170, 100 - n * 7 % 60, f"A{n % 5}") for n in range(40)],
}


def answers(engine: Engine) -> list[object]:
    population = population_of(engine, EVENTS, date(2026, 3, 25))
    said = {"start": {"name": "open"}, "return": {"name": "login"}, "every": "day", "periods": 25}
    daily = Retention.model_validate({**said, "kind": "recurring", "lost_after": 3, "counting": "on_or_after"})
    own = Retention.model_validate({**said, "every": "week", "periods": 5, "clock": "rolling"})
    either = Retention.model_validate({**said, "return": {"name": ["open", "login"]}, "every": "week", "periods": 5})
    weekly = Retention.model_validate({**said, "every": "month", "periods": 2})
    period = Period(FIRST, date(2026, 2, 9))
    by, back = (Breakdown.model_validate({"property": "page", "touch": touch}) for touch in ("first", "last"))
    assets = Population(data_of(engine, BANK))
    kept = KeptAssets.model_validate({"every": "week", "periods": 4})
    return [
        retention(engine, population, daily, period),
        retention(engine, population, own, period),
        retention_groups(engine, population, weekly, period, by),
        *(retention_groups(engine, population, asked, period, back) for asked in (either, own)),
        kept_assets(engine, assets, kept, Period(date(2026, 3, 1), date(2026, 4, 15))),
    ]


@pytest.mark.spark
def test_retention_is_the_same_on_both_engines(both: tuple[Engine, Engine]) -> None:
    duck, spark = both
    expected = answers(duck)
    assert answers(spark) == expected
