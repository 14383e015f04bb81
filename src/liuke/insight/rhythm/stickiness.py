"""Stickiness: how many are active on a day, in a week, in a month, and what share of the month's come daily."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import numpy as np

from liuke.engine import Engine
from liuke.insight.behaviour.day_bits import bit_columns, has_any, streamed
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import begins
from liuke.insight.rhythm.asked import Deed, check_found, done, known_days

WEEK: Final = 7
MONTH: Final = 30
_BACK: Final = (1, WEEK, MONTH)


@dataclass(frozen=True, slots=True)
class ActiveDay:
    """People active on the day (DAU), on it or the 6 days before (WAU), on it or the 29 days before (MAU).

    is_week_whole, is_month_whole: facts reach back so far; where they do not, the number is a floor.
    """

    day: date
    daily: int
    weekly: int
    monthly: int
    is_week_whole: bool
    is_month_whole: bool

    @property
    def stickiness(self) -> float | None:
        """DAU / MAU, 0..1; None while the month is not whole, or when nobody came."""
        return self.daily / self.monthly if self.is_month_whole and self.monthly else None


def stickiness(engine: Engine, population: Population, deed: Deed, period: Period) -> tuple[ActiveDay, ...]:
    """Every day of the period up to the as-of day, in order.

        day    daily  weekly  monthly  stickiness      C1 came on 03-01 and 03-02, C2 on 02-20
        03-01  1      1       2        0.50
        03-02  1      1       2        0.50

    Facts of the 29 days before the period are read, too. Each person's days are bits of a few numbers; a week or a
    month is a test of a few neighbouring bits.
    """
    known = known_days(population, period)
    opens = known.first - timedelta(days=MONTH - 1)
    found = done(engine, population, deed, (opens, known.last))
    found = engine.layer(found.select("who", n=found.day.delta(ibis.literal(opens), unit="day").cast("int64")))
    span = known.days + MONTH - 1
    bits = bit_columns("d", found.n, span)
    counts = np.zeros((span, len(_BACK)), np.int64)
    for mine in streamed(engine, found.group_by("who").aggregate(**bits), list(bits)):
        for n in range(MONTH - 1, span):
            counts[n] += [np.count_nonzero(has_any(mine, n - back + 1, n)) for back in _BACK]
    if not counts.any():
        check_found(engine, population, deed, known)
    since = begins(engine, population, [deed.what], opens) or known.last + timedelta(days=1)
    return tuple(_active_day(counts[n], opens + timedelta(days=n), since) for n in range(MONTH - 1, span))


def _active_day(counts: np.ndarray, day: date, since: date) -> ActiveDay:
    daily, weekly, monthly = counts.tolist()
    whole = (since <= day - timedelta(days=back - 1) for back in (WEEK, MONTH))
    return ActiveDay(day, daily, weekly, monthly, *whole)
