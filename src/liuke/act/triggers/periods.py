"""Calendar periods in the bank's zone as numbers, so that "the month before" is one less."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from liuke.act.triggers.conditions import Period

FIRST_DAY: Final = date(2000, 1, 3)
"""A Monday. Day 0 and week 0 begin here; month 0 is January 2000."""
LAST_DAY: Final = date(2100, 1, 1)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 only differences of local clocks are taken


def midnight(day: date, zone: ZoneInfo) -> int:
    """The moment, in microseconds, at which the day begins in the zone."""
    return round(datetime.combine(day, time(), zone).timestamp()) * 1_000_000


@lru_cache(maxsize=12)
def beginnings(every: Period, zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """The moments at which periods 0, 1, 2 … begin, until 2100."""
    if every == "month":
        days = [date(y, m, 1) for y in range(2000, LAST_DAY.year + 1) for m in range(1, 13)]
    else:
        step = 1 if every == "day" else 7
        days = [FIRST_DAY + timedelta(days=i) for i in range(0, (LAST_DAY - FIRST_DAY).days, step)]
    return np.array([midnight(day, zone) for day in days], np.int64)


def period_of(moment: int, every: Period, zone: ZoneInfo) -> int:
    """The number of the period the moment lies in."""
    return int(np.searchsorted(beginnings(every, zone), moment, side="right")) - 1


def beginning(period: int, every: Period, zone: ZoneInfo) -> int:
    """The moment at which the period begins."""
    return int(beginnings(every, zone)[period])
