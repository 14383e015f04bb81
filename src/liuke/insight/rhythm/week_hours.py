"""At which hours of the week people do something, in the bank's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.insight.behaviour.day_bits import bit_columns, has_any, streamed
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.rhythm.asked import Deed, check_found, done, known_days

_HOURS: Final = 7 * 24
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class WeekHour:
    """weekday: 0 for Monday. hour: 0..23, local. people: different persons, facts: what they did together, on the
    `days` such weekdays of the period.
    """

    weekday: int
    hour: int
    people: int
    facts: int
    days: int


def week_hours(engine: Engine, population: Population, deed: Deed, period: Period) -> tuple[WeekHour, ...]:
    """All 168 hours of the week, Monday 00:00 first. Somebody who comes every Monday at 9 counts once in people."""
    known = known_days(population, period)
    found = done(engine, population, deed, (known.first, known.last))
    found = engine.layer(found.select("who", n=_hour_of_week(found, known)))
    facts = engine.arrow(found.group_by("n").aggregate(facts=found.count())).to_pylist()
    if not facts:
        check_found(engine, population, deed, known)
    times = {row["n"]: row["facts"] for row in facts}
    bits = bit_columns("h", found.n, _HOURS)
    people = np.zeros(_HOURS, np.int64)
    for mine in streamed(engine, found.group_by("who").aggregate(**bits), list(bits)):
        people += [np.count_nonzero(has_any(mine, n, n)) for n in range(_HOURS)]
    days = [(known.first + timedelta(days=n)).weekday() for n in range(known.days)]
    return tuple(WeekHour(n // 24, n % 24, int(people[n]), times.get(n, 0), days.count(n // 24)) for n in range(_HOURS))


def _hour_of_week(found: ir.Table, period: Period) -> ir.IntegerValue:
    """0 for Monday 00:00-00:59 local."""
    day = period.first - timedelta(days=7 + period.first.weekday())
    monday = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # Microseconds: engines agree on them, and DuckDB has them at hand where parts of a moment need its calendar.
    since = found["at"].delta(ibis.literal(monday), unit="microsecond")
    changes = [((moment - int(monday.timestamp())) * _SECOND, ahead * _SECOND) for moment, ahead in
               offsets(period, period.zone)]  # fmt: skip
    ahead: ir.Value = ibis.literal(changes[-1][1], "int64")
    if len(changes) > 1:
        # Engines' own zone data may differ; a clock change within the period is a comparison.
        ahead = ibis.cases(
            *((since < until, before) for (_, before), (until, _) in pairwise(changes)), else_=changes[-1][1]
        )
    return (((since + ahead) // (3600 * _SECOND)) % _HOURS).cast("int64")


def offsets(period: Period, zone: ZoneInfo) -> list[tuple[int, int]]:
    """(epoch second from which it holds, seconds ahead of UTC), rising; more than one where clocks change."""
    found: list[tuple[int, int]] = []
    begun, ended = (int(moment.timestamp()) for moment in (period.begins, period.ends))
    for moment in range(begun, ended, 900):
        ahead = datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()
        if not found or found[-1][1] != int(ahead.total_seconds()):
            found.append((moment, int(ahead.total_seconds())))
    return found
