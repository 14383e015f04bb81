"""Which cohorts and periods a question has, when each is over, and in which one a day lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.durations import Every
from liuke.insight.behaviour.population import Period, Population, beginning
from liuke.insight.retention.spec import ROLLING

MOST_CELLS: Final = 4000
"""Cohorts times periods: three months by day over 30 days are 2,852. Nobody reads more, and each is counted."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The days, both included, on which people entered: one calendar period, cut at the ends of the days asked for."""

    number: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Grid:
    """Calendar periods numbered from that of the first day asked for. rolling: periods run from each one's start."""

    period: Period
    every: Every
    periods: int
    rolling: bool = False

    @property
    def cohorts(self) -> tuple[Cohort, ...]:
        """In order."""
        first, last = self.period.first, self.period.last
        count = self.number(last) + 1
        return tuple(Cohort(c, max(self.begins(c), first), min(self.ends(c), last)) for c in range(count))

    def begins(self, number: int) -> date:
        """The first day of a calendar period."""
        day = self.period.first
        if self.every == "day":
            return day + timedelta(days=number)
        if self.every == "week":
            return day + timedelta(days=7 * number - day.weekday())
        month = day.year * 12 + day.month - 1 + number
        return date(month // 12, month % 12 + 1, 1)

    def ends(self, number: int) -> date:
        """The last day of a calendar period."""
        return self.begins(number + 1) - timedelta(days=1)

    def number(self, day: date) -> int:
        """The calendar period in which a day lies."""
        if self.every == "month":
            first = self.period.first
            return (day.year - first.year) * 12 + day.month - first.month
        return (day - self.begins(0)).days // (7 if self.every == "week" else 1)

    def number_of(self, day: ir.DateColumn) -> ir.IntegerValue:
        """The same of a column; right from the first period on."""
        if self.every == "month":
            first = self.period.first
            return (day.year().cast("int64") - first.year) * 12 + (day.month().cast("int64") - first.month)
        days = day.delta(ibis.literal(self.begins(0)), unit="day").cast("int64")
        return days // 7 if self.every == "week" else days

    @property
    def last_day(self) -> date:
        """The last day that matters to anybody."""
        if self.rolling:
            return self.period.last + (self.periods + 1) * ROLLING[self.every]
        return self.ends(len(self.cohorts) - 1 + self.periods)

    def is_over(self, cohort: Cohort, k: int, population: Population) -> bool:
        """Whether period k has wholly passed for everybody in the cohort by the end of the as-of day."""
        if self.rolling:
            entered = beginning(cohort.last + timedelta(days=1), self.period.zone)
            return entered + (k + 1) * ROLLING[self.every] <= population.ends
        return self.ends(cohort.number + k) <= population.data.day

    def has_begun(self, cohort: Cohort, k: int, population: Population) -> bool:
        """Whether period k has begun for anybody."""
        if self.rolling:
            return beginning(cohort.first, self.period.zone) + k * ROLLING[self.every] < population.ends
        return self.begins(cohort.number + k) <= population.data.day


def check_size(grid: Grid) -> None:
    """Raises YourMistake for more cohorts times periods than can be read."""
    cohorts = grid.number(grid.period.last) + 1
    cells = cohorts * (grid.periods + 1)
    if cells > MOST_CELLS:
        fits = max(MOST_CELLS // cohorts - 1, 0)
        choice = f"at most {fits} periods" if fits else f"at most {MOST_CELLS // (grid.periods + 1)} cohorts"
        raise YourMistake(
            coded("retention_cells", "{cohorts} cohorts with {periods} periods each are {cells} cells; at most {most}",
                  cohorts=cohorts, periods=grid.periods + 1, cells=cells, most=MOST_CELLS),
            expected=f"{choice}, or longer periods",
            then="choose weeks or months instead of days, fewer days, or fewer periods",
        )  # fmt: skip
