"""What retention came to: cells of the heat map, the mean over cohorts, and survival, from counts by cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from liuke.errors import Said
from liuke.insight.behaviour.population import Population
from liuke.insight.retention.cohorts import Cohort, Grid
from liuke.stats.compare import Interval, difference_of_intervals, proportion
from liuke.stats.lifetimes import Step, kaplan_meier


@dataclass(frozen=True, slots=True)
class Counts:
    """One cohort. people: who entered; new: of them who had entered no earlier one. returned: by period from 0.
    lasting: of the new, who were not lost in any period up to this one, by period from 0 (the period of the start, in
    which nobody is); shorter than `returned` where a loss takes several periods.
    """

    people: int
    new: int
    returned: tuple[int, ...]
    lasting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cohort in one period. is_mature: the period has wholly passed for all of them; else the share may rise."""

    cohort: Cohort
    period: int
    people: int
    returned: int
    is_mature: bool

    @property
    def share(self) -> float | None:
        """Returned of the cohort; None for nobody."""
        return self.returned / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Point:
    """One period over all cohorts for which it is mature. people, returned: sums over those cohorts. retained: their
    weighted mean with Wilson's interval, whose width rests on different people: who stands in several cohorts counts
    once. None where no cohort is mature.
    """

    period: int
    cohorts: int
    people: int
    returned: int
    retained: Interval | None

    @property
    def churned(self) -> Interval | None:
        """The mirror: who did not come back."""
        kept = self.retained
        return Interval(1 - kept.estimate, 1 - kept.high, 1 - kept.low, kept.level) if kept else None


@dataclass(frozen=True, slots=True)
class Lasting:
    """Survival up to and including a period: at_risk were not lost before and are watched in it, lost: in it."""

    period: int
    at_risk: int
    lost: int
    survival: Interval


@dataclass(frozen=True, slots=True)
class RetentionReading:
    """cohorts: with how many people entered each. cells: by cohort, then period; periods that have not begun are left
    out. curve: by period from 0. survival: by period from 1, as far as anybody is watched. notes: what to mind.
    """

    cohorts: tuple[tuple[Cohort, int], ...]
    cells: tuple[Cell, ...]
    curve: tuple[Point, ...]
    survival: tuple[Lasting, ...]
    notes: tuple[Said, ...] = ()

    @property
    def people(self) -> int:
        """Sum over the cohorts."""
        return sum(people for _, people in self.cohorts)


def compared(now: RetentionReading, before: RetentionReading) -> tuple[Interval | None, ...]:
    """Per period of `now` the mean retention now minus before; None where either has no mature cohort.

    Who entered in both is taken for two people, which widens the interval at worst.
    """
    known = {point.period: point.retained for point in before.curve}
    pairs = ((point.retained, known.get(point.period)) for point in now.curve)
    return tuple(difference_of_intervals(a, b) if a and b else None for a, b in pairs)


def read_counts(
    grid: Grid, population: Population, counts: Sequence[Counts], *, or_after: bool, notes: tuple[Said, ...] = ()
) -> RetentionReading:  # fmt: skip
    """counts: one for each cohort of the grid. or_after: a cell is mature when the last period looked at has passed."""
    cohorts = grid.cohorts
    cells = tuple(
        Cell(cohort, k, mine.people, mine.returned[k], is_mature(grid, cohort, k, population, or_after))
        for cohort, mine in zip(cohorts, counts, strict=True)
        for k in range(grid.periods + 1)
        if grid.has_begun(cohort, k, population)
    )
    different = tuple(accumulate(mine.new for mine in counts))
    curve = tuple(_point(k, [c for c in cells if c.period == k and c.is_mature], different)
                  for k in range(grid.periods + 1))  # fmt: skip
    sizes = tuple((cohort, mine.people) for cohort, mine in zip(cohorts, counts, strict=True))
    return RetentionReading(sizes, cells, curve, _survival(grid, population, counts), notes)


def is_mature(grid: Grid, cohort: Cohort, k: int, population: Population, or_after: bool) -> bool:
    """Whether all that period k of the cohort is made of has passed by the end of the as-of day."""
    return grid.is_over(cohort, grid.periods if or_after else k, population)


def _point(k: int, cells: Sequence[Cell], different: Sequence[int]) -> Point:
    """Cohorts mature one after the other, so that those behind a point are the first ones."""
    people, returned = sum(c.people for c in cells), sum(c.returned for c in cells)
    if not people:
        return Point(k, len(cells), 0, 0, None)
    units = different[cells[-1].cohort.number]
    return Point(k, len(cells), people, returned, proportion(returned / people * units, units))


def _survival(grid: Grid, population: Population, counts: Sequence[Counts]) -> tuple[Lasting, ...]:
    """A cohort is watched as long as periods have passed in which a loss that began there would be known."""
    steps = []
    for k in range(1, len(counts[0].lasting) if counts else 1):
        known = grid.periods - len(counts[0].lasting) + 1 + k
        mine = [c for c, cohort in zip(counts, grid.cohorts, strict=True) if grid.is_over(cohort, known, population)]
        at_risk = sum(c.lasting[k - 1] for c in mine)
        steps.append(Step(at_risk, at_risk - sum(c.lasting[k] for c in mine)))
    curve = kaplan_meier(steps)
    return tuple(Lasting(k, steps[k - 1].at_risk, steps[k - 1].lost, share) for k, share in enumerate(curve, 1))
