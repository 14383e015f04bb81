"""Funnels, paths and stays, and rules that ask about them, come out the same on Spark as on DuckDB."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from liuke.engine import Engine
from liuke.insight.behaviour.breakdown import Breakdown
from liuke.insight.behaviour.population import Period
from liuke.insight.funnel.breaking import with_values
from liuke.insight.funnel.entrants import entrants
from liuke.insight.funnel.reading import reached, read_groups, read_steps, read_trend, stopped_at
from liuke.insight.funnel.spec import Funnel
from liuke.insight.paths.counting import counted
from liuke.insight.paths.dwell import read_dwell
from liuke.insight.paths.events import path_events
from liuke.insight.paths.reading import read_paths
from liuke.insight.paths.spec import Paths
from liuke.insight.rules.references import Names
from tests.insight.behaviour.crowd import Event, Move, moment, population
from tests.insight.rules.asking import who_meets

PERIOD = Period(date(2026, 3, 2), date(2026, 3, 10))
EVENTS = [
    Event(f"C{n % 11}", moment(2 + n * n % 9, n * 7 % 24 + n % 5 / 60),
          ("search", "view", "apply", "pay")[n * 3 % 7 % 4],
          {"page": ("a", "b")[n % 2]} if n % 3 else None)
    for n in range(300)
]  # fmt: skip
MOVES = [Move(f"C{n}", moment(9, n), "wealth", 100 * n) for n in range(11)]


def answers(engine: Engine) -> list[Any]:
    people = population(engine, EVENTS, MOVES, people=[{"customer_id": f"C{n}"} for n in range(11)])
    funnel = Funnel.model_validate({
        "steps": [{"name": "search"}, {"name": "view", "where": {"property": "page", "value": "a"}},
                  {"did": "transaction", "where": {"column": "amount", "op": ">", "value": 200}}],
        "window": "4d", "exclusions": [{"not": {"name": "pay"}, "before": 2}],
    })  # fmt: skip
    found = entrants(engine, people, funnel, PERIOD)
    by = with_values(engine, people, funnel, found, Breakdown.model_validate({"property": "page"}), Names())
    asked = Paths.model_validate(
        {"anchor": {"name": "search"}, "property": "page", "steps": 4, "errors": {"name": "pay"}}
    )
    conditions = [
        {"behaviour": {"funnel": funnel.model_dump(by_alias=True), "reached": 2, "days": 9}},
        {"behaviour": {"retention": {"start": {"name": "search"}, "every": "day", "kind": "recurring", "periods": 3},
                       "period": 1, "days": 9}},
        {"behaviour": {"retention": {"start": {"name": "view"}, "clock": "rolling", "every": "day"}, "period": 2,
                       "cohort": 0, "days": 9}},
    ]  # fmt: skip
    events = path_events(engine, people, asked, PERIOD)
    ways, stays = counted(engine, events), read_dwell(events)
    return [
        read_steps(engine, found, 3, funnel.lasts),
        read_trend(engine, found, 3, "week"),
        read_groups(engine, by, 3),
        *(sorted(engine.arrow(rows)["customer_id"].to_pylist()) for rows in (stopped_at(found, 1), reached(found, 2))),
        read_paths(engine, ways, asked.least),
        stays,
        *(who_meets(engine, rule, people.data) for rule in conditions),
    ]


@pytest.mark.spark
def test_funnels_and_paths_are_the_same_on_both_engines(both: tuple[Engine, Engine]) -> None:
    duck, spark = both
    expected = answers(duck)
    assert expected[0].converted > 0
    assert all(expected[-3:])
    assert answers(spark) == expected
