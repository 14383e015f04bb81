"""The calendar of the synthetic economy: weekdays, Spring Festival, hours of the day, workdays of the bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
import numpy as np

from liuke.sim.config import SimConfig, calendar_day, ordinal
from liuke.sim.draws import Floats, Ints

_NEW_YEAR = {
    year: date(year, month, day)
    for year, month, day in (
        (2018, 2, 16), (2019, 2, 5), (2020, 1, 25), (2021, 2, 12), (2022, 2, 1), (2023, 1, 22), (2024, 2, 10),
        (2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3),
    )
}  # fmt: skip
"""First day of the lunar year; a year outside the table has no festival."""

_SPEND_BY_WEEKDAY = (0.95, 0.92, 0.93, 0.96, 1.08, 1.16, 1.05)
_HOUR_WEIGHTS = (1, 0.4, 0.2, 0.2, 0.3, 1, 3, 6, 8, 8, 8, 10, 12, 8, 7, 7, 8, 10, 12, 12, 11, 8, 5, 2)
_OFFICE_WEIGHTS = (0, 0, 0, 0, 0, 0, 0, 0, 1, 8, 10, 8, 2, 4, 9, 10, 8, 4, 1, 1, 1, 0.5, 0, 0)
RATE_WAR_DAYS = 130
"""For this many days before the end of the story competitors outbid the bank."""


@dataclass(frozen=True, slots=True)
class Day:
    """One bank-local day. spend: factor on purchases; leave: factor on the hazard of leaving."""

    number: int
    date: date
    spend: float
    leave: float
    workday: bool


def day_of(config: SimConfig, number: int) -> Day:
    """The day with its seasonal factors."""
    when = calendar_day(number)
    left = ordinal(config.end) - number
    war = float(np.clip((RATE_WAR_DAYS + 15 - left) / 15.0, 0.0, 1.0))
    return Day(number, when, _SPEND_BY_WEEKDAY[when.weekday()] * _festival(when), 0.4 + 0.6 * war, is_workday(when))


def _festival(when: date) -> float:
    new_year = _NEW_YEAR.get(when.year)
    gap = (when - new_year).days if new_year else 99
    if -16 <= gap < -1:
        return 1.2
    return 0.6 if -1 <= gap <= 6 else 1.0


@lru_cache(maxsize=4096)
def is_workday(when: date) -> bool:
    """Whether banks work that day in China: the official calendar where published, else Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(when))
    except NotImplementedError:
        return when.weekday() < 5


def workday_after(number: int, count: int) -> int:
    """The ordinal of the `count`-th workday after ordinal day `number`."""
    when = calendar_day(number)
    while count > 0:
        when += timedelta(days=1)
        count -= is_workday(when)
    return ordinal(when)


def _clock(weights: tuple[float, ...]) -> Floats:
    """Seconds of the day at 4,097 equally spaced quantiles of a 24-hour profile."""
    edges = np.concatenate([[0.0], np.cumsum(weights)]) / sum(weights)
    seconds: Floats = np.interp(np.linspace(0, 1, 4097), edges, np.arange(25) * 3600.0)
    return seconds


_DAY_CLOCK, _OFFICE_CLOCK = _clock(_HOUR_WEIGHTS), _clock(_OFFICE_WEIGHTS)


def second_of_day(u: Floats, *, office: bool = False) -> Ints:
    """Second of the day (0..86399) for uniforms: people's day, or office hours."""
    clock = _OFFICE_CLOCK if office else _DAY_CLOCK
    place = u * 4096
    low = place.astype(np.int64)
    seconds: Ints = np.minimum(clock[low] + (place - low) * (clock[low + 1] - clock[low]), 86399).astype(np.int64)
    return seconds
