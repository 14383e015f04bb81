"""Retention by groups: of the customer, and of the fact with which each entered."""

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.behaviour.breakdown import Breakdown, Group
from liuke.insight.behaviour.population import Period
from liuke.insight.retention.retained import retention, retention_groups
from liuke.insight.retention.spec import Retention
from tests.insight.bank import at
from tests.insight.retention.asking import event, population_of

MONDAY = date(2026, 3, 2)
PERIOD = Period(MONDAY, date(2026, 3, 15))
AS_OF = date(2026, 3, 31)


def spec(**more: Any) -> Retention:
    said = {"start": {"name": "open"}, "return": {"name": "login"}, "every": "week", "periods": 2}
    return Retention.model_validate({**said, **more})


def opened(who: str, day: int, product: str | None, hour: int = 12) -> dict[str, Any]:
    return event(who, moment(day, hour), "open", properties=json.dumps({"product": product}) if product else None)


def moment(day: int, hour: int = 12) -> datetime:
    return at(date(2026, 3, day), hour)


def by_product(engine: Engine, events: list[dict[str, Any]], **more: Any) -> dict[Group, list[tuple[int, int]]]:
    population = population_of(engine, events, AS_OF)
    by = Breakdown.model_validate({"property": "product"})
    groups = retention_groups(engine, population, spec(**more), PERIOD, by)
    return {group: [(p.people, p.returned) for p in reading.curve] for group, reading in groups.items()}


def test_a_cohort_is_told_apart_by_what_its_first_start_was(engine: Engine) -> None:
    events = [opened("A", 2, "loan"), opened("A", 3, "fund"), opened("B", 3, "fund"), opened("C", 2, None)]
    events += [event("A", moment(9), "login"), event("C", moment(16), "login")]
    assert by_product(engine, events) == {
        Group("value", "fund"): [(1, 0), (1, 0), (1, 0)],
        Group("value", "loan"): [(1, 0), (1, 1), (1, 0)],
        Group("missing"): [(1, 0), (1, 0), (1, 1)],
    }


def test_who_enters_again_is_told_apart_by_each_start(engine: Engine) -> None:
    events = [opened("A", 2, "loan"), opened("A", 9, "fund"), event("A", moment(16), "login")]
    found = by_product(engine, events, kind="recurring")
    assert found[Group("value", "loan")][2] == (1, 1)
    assert found[Group("value", "fund")][1] == (1, 1)


def test_values_beyond_twenty_are_one_group_and_nobody_is_lost(engine: Engine) -> None:
    events = [opened(f"P{n}-{i}", 2, f"p{n:02}") for n in range(23) for i in range(1 + (n < 20))]
    found = by_product(engine, events)
    assert len(found) == 21
    assert found[Group("rest")][0] == (3, 0)
    assert list(found)[-1] == Group("rest")
    population = population_of(engine, events, AS_OF)
    whole = retention(engine, population, replace_names(spec()), PERIOD)
    assert sum(counts[0][0] for counts in found.values()) == whole.people


def replace_names(asked: Retention) -> Retention:
    """Without the return, which nobody did here."""
    return asked.model_copy(update={"return_": None})


def test_customers_are_told_apart_by_what_is_known_of_them(engine: Engine) -> None:
    events = [opened("A", 2, None), opened("B", 2, None), event("B", moment(9), "login"), opened("C", 2, None)]
    people = engine.from_arrow(pa.table({"customer_id": ["A", "B"], "branch_id": ["杭州", "南京"]}))
    population = population_of(engine, events, AS_OF)
    population = replace(population, data=replace(population.data, people=people))
    for clock in ("calendar", "rolling"):
        by = Breakdown.model_validate({"attribute": "branch_id"})
        groups = retention_groups(engine, population, spec(clock=clock), PERIOD, by)
        assert {g: r.curve[1].returned for g, r in groups.items()} == {
            Group("value", "南京"): 1, Group("value", "杭州"): 0, Group("missing"): 0,
        }  # fmt: skip


def test_only_the_start_tells_apart(engine: Engine) -> None:
    by = Breakdown.model_validate({"property": "product", "touch": "last"})
    with pytest.raises(YourMistake, match="touch is 'first'"):
        retention_groups(engine, population_of(engine, [opened("A", 2, "loan")], AS_OF), spec(), PERIOD, by)
