"""What every question about rhythm has: something that happens, who is counted, days."""

from __future__ import annotations

from datetime import date
from typing import Final

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.happening import Happening, check_names
from liuke.insight.behaviour.occurrences import Unit, occurrences
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import check_period, check_reached
from liuke.yaml_file import Document

MOST_DAYS: Final = 366


class Deed(Document):
    """`{what: {name: login}, unit: visitor}`. what: `{did: event}` is any event."""

    what: Happening
    unit: Unit = "customer"


def known_days(population: Population, period: Period) -> Period:
    """The days of the period that have passed. Raises YourMistake where none has, and for more than MOST_DAYS."""
    check_period(population, period)
    known = Period(period.first, min(period.last, population.data.day), period.zone)
    if known.days > MOST_DAYS:
        raise YourMistake(
            coded("rhythm_days", "the period has {days} days; at most {most}", days=known.days, most=MOST_DAYS),
            expected=f"at most {MOST_DAYS} days",
            then="choose fewer days",
        )
    return known


def done(engine: Engine, population: Population, deed: Deed, days: tuple[date, date]) -> ir.Table:
    """who, at, day of every fact meant; see occurrences."""
    return occurrences(engine, population, [deed.what], days, unit=deed.unit)


def check_found(engine: Engine, population: Population, deed: Deed, period: Period) -> None:
    """What is told when nobody did it: a period before all data, or a name that no event bears."""
    check_reached(engine, population, [deed.what], period)
    check_names(engine, population.data, [deed.what], (period.first, period.last))
