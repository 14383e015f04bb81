"""How far back facts reach, and whether a question lies within."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import ibis

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.population import Period, Population


def begins(engine: Engine, population: Population, asked: Iterable[Happening], since: date) -> date | None:
    """The first day, from `since` on, on which the tables asked hold anything; `since` where they reach further back.

    None when they hold nothing. Of several tables the one that begins last.
    """
    found = []
    for name in dict.fromkeys(one.did for one in asked):
        rows = population.data.facts(name)
        # One row of the days before is enough to know, and whole files of other days are left unread.
        if engine.count(rows.filter(rows.business_date <= ibis.literal(since)).limit(1)):
            found.append(since)
            continue
        [day] = engine.arrow(rows.aggregate(day=rows.business_date.min()))["day"].to_pylist()
        if day is None:
            return None
        found.append(day)
    return max(found)


def check_reached(engine: Engine, population: Population, asked: Iterable[Happening], period: Period) -> None:
    """Raises YourMistake where the period is over before any fact of the tables asked."""
    first = begins(engine, population, asked, period.last)
    if first is None or first > period.last:
        raise YourMistake(
            coded("period_before_data", "the period ends on {last}, data begin on {first}", last=period.last,
                  first=first or "-"),
            expected="days for which facts were loaded",
            then="choose a later period, or load older files",
        )  # fmt: skip


def check_period(population: Population, period: Period) -> None:
    """Raises YourMistake where nothing of the period is known yet."""
    if period.first > population.data.day:
        raise YourMistake(
            coded("period_ahead", "the period begins on {first}, data end on {day}", first=period.first,
                  day=population.data.day),
            expected="a first day that data have reached",
            then="choose an earlier period, or run the days in between",
        )  # fmt: skip
