"""Journeys come out the same on Spark as on DuckDB: maps, courses and lists."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from liuke.engine import Engine
from liuke.insight.behaviour.population import Period
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.catalogue import Journey
from liuke.insight.journey.listing import WHATS, cases_of
from liuke.insight.journey.reading import read_journey
from liuke.insight.journey.trend import journey_trend
from tests.insight.behaviour.crowd import Complaint, Contact, Event, Move, moment, population
from tests.insight.journey.applicants import journey
from tests.night import nightly

PERIOD = Period(date(2026, 3, 2), date(2026, 3, 10))
NAMES = (
    "begin",
    "form",
    "check",
    "form",
    "check_failed",
    "application_status",
    "sign",
    "check",
    "done",
    "refused",
    "given_up",
)
EVENTS = [
    Event(
        f"C{n % 13}",
        moment(1 + n * n % 10, n * 7 % 24 + n % 3 / 60),
        NAMES[n * n % 17 % 11] if n % 4 else "begin",
        {"application": ("A", "B", None)[n % 7 % 3], "fields": ("mobile", "income, mobile", "")[n % 3],
         "status": ("approved", "in_review")[n % 2]},
        channel=("app", "branch", "app", "web")[n * 5 % 4] if n % 9 else "other",
    )
    for n in range(400)
]  # fmt: skip
MOVES = [Move(f"C{n}", moment(9, n), "repayment") for n in range(13)]
SAID = [Complaint(f"C{n % 13}", moment(2 + n % 8, n)) for n in range(20)]
MARKS = [Contact(f"C{n % 13}", moment(2 + n % 8, n), 1 + n % 5) for n in range(40)]


def answers(engine: Engine, asked: Journey) -> list[Any]:
    people = population(engine, EVENTS, MOVES, SAID, MARKS)
    with journey_cases(engine, people, asked, PERIOD) as found:
        lists = [
            sorted(str(row) for row in engine.arrow(cases_of(found, "check", what)).to_pylist())  # type: ignore[arg-type]
            for what in WHATS
        ]
        return [read_journey(engine, found), journey_trend(found, "week"), lists]


@pytest.mark.spark
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(journey(), id="by application"),
        pytest.param(journey(case=None, quiet="12h"), id="by silence", marks=nightly),
    ],
)
def test_journeys_are_the_same_on_both_engines(both: tuple[Engine, Engine], asked: Journey) -> None:
    duck, spark = both
    expected = answers(duck, asked)
    told = expected[0]
    assert (
        min(told.cases, told.succeeded, told.stages[1].complained, told.stages[1].rekeyed, told.stages[0].returned) > 0
    )
    assert answers(spark, asked) == expected
