"""What rows add up to over windows of many moments, in dense arrays: intervals of days by customers.

Where many moments look back over overlapping windows, a row belongs to several of them, and an engine that groups by
customer and moment pays for every group, many times what adding up costs. Here days are cut at every border of every
window (moments.py): a sum over a window is the difference of two running sums, an extreme the extreme of a few
intervals. Rows stream through; what stays is one number per customer and interval.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from liuke.insight.features.moments import Chain
from liuke.insight.features.scratch import Scratch

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """The intervals of a chain and the windows that hold them.

    customers: how many, numbered from 0. scratch: where arrays come from.
    """

    chain: Chain
    windows: tuple[int, ...]
    customers: int
    scratch: Scratch

    @property
    def moments(self) -> int:
        """How many."""
        return len(self.chain.moments)

    @cached_property
    def last_days(self) -> list[int]:
        """Day number of the last day of each interval, rising."""
        return [self.chain.number(day) for day in self.chain.borders(self.windows)]

    @cached_property
    def first_moment(self) -> Whole:
        """Of each interval: the first moment whose day is not before it."""
        days = [self.chain.number(m.day) for m in self.chain.moments]
        return np.searchsorted(days, self.last_days).astype(np.int64)

    @cached_property
    def _order(self) -> dict[int, int]:
        return {day: place for place, day in enumerate(self.last_days)}

    def span(self, moment: int, window: int) -> tuple[int, int]:
        """First interval of the window and the one after its last."""
        day = self.chain.moments[moment].day
        ends = [self.chain.number(day - timedelta(days=w)) for w in (window, 0)]
        first, last = (self._order[end] + 1 for end in ends)
        return first, last

    def rings(self, moment: int) -> Iterator[tuple[int, int, int]]:
        """The windows of a moment from the shortest on: window, and the intervals that it adds to the one before."""
        newer = self.span(moment, 0)[1]
        for window in self.windows:
            first, _ = self.span(moment, window)
            yield window, first, newer
            newer = first


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows. cell: number of the interval. day: day number. first, until: the moments that see the row.

    place: of cell and customer in a grid whose first row is empty.
    """

    customer: Whole
    cell: Whole
    day: Whole
    first: Whole
    until: Whole
    place: Whole

    @classmethod
    def of(cls, plan: Plan, customer: Whole, day: Whole, slot: Whole, spoken: tuple[Whole, Whole] | None) -> Rows:
        """slot: see Chain. spoken: the moments that a row speaks for, `_from` and `_until`."""
        cell, seen = np.divmod(slot, plan.moments + 1)
        place = (cell + 1) * plan.customers + customer
        if spoken is None:
            return cls(customer, cell, day, seen, np.full_like(seen, plan.moments), place)
        return cls(customer, cell, day, np.maximum(seen, spoken[0]), spoken[1], place)

    def odd(self, plan: Plan) -> Flags:
        """Which rows some moment does not see although its window holds their day."""
        return (self.first > plan.first_moment[self.cell]) | (self.until < plan.moments)

    def where(self, chosen: Flags) -> Rows:
        """Those chosen."""
        every = (self.customer, self.cell, self.day, self.first, self.until, self.place)
        return Rows(*(each[chosen] for each in every))

    def seen(self, plan: Plan, moment: int) -> Iterator[tuple[int, Whole]]:
        """The rows that a moment sees, ring by ring."""
        known = (self.first <= moment) & (moment < self.until)
        for number, (_, first, end) in enumerate(plan.rings(moment)):
            found = np.flatnonzero(known & (first <= self.cell) & (self.cell < end))
            if len(found):
                yield number, found


@dataclass(slots=True)
class _Grid:
    """Numbers of some kinds joined by `join`, starting from `nothing`, by kind, interval and customer.

    In front of the intervals is an empty one. Odd rows are handed to every moment that sees them, ring by ring: there
    are few. Numbers of other kinds than 0 … kinds − 1 go to a last one that nobody reads.
    """

    plan: Plan
    join: np.ufunc
    nothing: float
    kinds: int = 1
    tidy: Floats = field(init=False)
    late: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = self.kinds + (self.kinds > 1)
        shape = (kinds, len(self.plan.last_days) + 1, self.plan.customers)
        self.tidy = self.plan.scratch.full(shape, self.nothing)

    def add(self, rows: Rows, numbers: Floats, kind: Whole | int = 0) -> None:
        place = rows.place if isinstance(kind, int) else rows.place + self._known(kind) * self.tidy[0].size
        self.join.at(self.tidy.reshape(-1), place, numbers)

    def add_odd(self, rows: Rows, numbers: Floats, kind: Whole | int = 0) -> None:
        place = rows.customer if isinstance(kind, int) else self._known(kind) * self.plan.customers + rows.customer
        for moment in range(self.plan.moments):
            for ring, found in rows.seen(self.plan, moment):
                kept = self.late.setdefault((moment, ring), np.full_like(self.tidy[:, 0], self.nothing))
                self.join.at(kept.reshape(-1), place[found], numbers[found])

    def _known(self, kind: Whole) -> Whole:
        return np.where((kind >= 0) & (kind < self.kinds), kind, self.kinds)


class Sums:
    """Sums of whole numbers, exact in float64 up to 2^53, so that running sums may be subtracted."""

    def __init__(self, plan: Plan, kinds: int = 1) -> None:
        self._plan, self._grid = plan, _Grid(plan, np.add, 0.0, kinds)
        self.add, self.add_odd = self._grid.add, self._grid.add_odd

    def settle(self) -> None:
        """All rows are in."""
        np.cumsum(self._grid.tidy, axis=1, out=self._grid.tidy)

    def over(self, moment: int, who: slice, wanted: Container[int]) -> Iterator[tuple[int, Floats]]:
        """Each window wanted with the sums of some customers, kind by kind; after `settle`."""
        sums = self._grid.tidy
        late: Floats | float = 0.0
        for ring, window in enumerate(self._plan.windows):
            first, end = self._plan.span(moment, window)
            if (moment, ring) in self._grid.late:
                late = late + self._grid.late[moment, ring][:, who]
            if window in wanted:
                yield window, sums[:, end, who] - sums[:, first, who] + late


class Extremes:
    """The largest or smallest number; infinite where there is none."""

    def __init__(self, plan: Plan, how: Literal["max", "min"]) -> None:
        join, nothing = (np.maximum, -np.inf) if how == "max" else (np.minimum, np.inf)
        self._plan, self._grid = plan, _Grid(plan, join, nothing)
        self.add, self.add_odd = self._grid.add, self._grid.add_odd

    def settle(self) -> None:
        """All rows are in."""

    def over(self, moment: int, who: slice, _wanted: Container[int]) -> Iterator[tuple[int, Floats]]:
        """Each window with the number of some customers; after `settle`."""
        grid = self._grid
        so_far = np.full(who.stop - who.start, grid.nothing)
        for ring, (window, first, end) in enumerate(self._plan.rings(moment)):
            if first < end:
                so_far = grid.join(so_far, grid.join.reduce(grid.tidy[0, first + 1 : end + 1, who]))
            if (moment, ring) in grid.late:
                so_far = grid.join(so_far, grid.late[moment, ring][0, who])
            yield window, so_far[np.newaxis]


class Days:
    """How many days have a row that is true: for every day and customer the first moment that sees one."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._oldest = self._day(0) - plan.windows[-1] + 1
        self._seen = np.full((1 - self._oldest, plan.customers), plan.moments, np.int16)
        self._passing: dict[int, Flags] = {}

    def add(self, rows: Rows, numbers: Floats, _kind: Whole | int = 0) -> None:
        """Takes a batch in. numbers: 1 where it is true."""
        found = rows.where(numbers > 0)
        at = (found.day - self._oldest) * self._plan.customers + found.customer
        lasting = found.until == self._plan.moments
        np.minimum.at(self._seen.reshape(-1), at[lasting], found.first[lasting].astype(np.int16))
        if not lasting.all():
            self._pass(found, at, ~lasting)

    add_odd = add

    def _pass(self, rows: Rows, at: Whole, passing: Flags) -> None:
        """Rows that only some moments see."""
        for moment in range(self._plan.moments):
            seen = at[passing & (rows.first <= moment) & (moment < rows.until)]
            if len(seen):
                kept = self._passing.setdefault(moment, np.zeros(self._seen.shape, np.bool_))
                kept.reshape(-1)[seen] = True

    def settle(self) -> None:
        """All rows are in."""

    def over(self, moment: int, who: slice, _wanted: Container[int]) -> Iterator[tuple[int, Floats]]:
        """Each window with the days of some customers; after `settle`."""
        so_far, before = np.zeros(who.stop - who.start), 0
        for window in self._plan.windows:
            so_far = so_far + self.there(moment, window, who)[: window - before].sum(axis=0)
            before = window
            yield window, so_far[np.newaxis]

    def there(self, moment: int, window: int, who: slice) -> Flags:
        """Which days of a window have such a row, oldest first, by some customers; after `settle`."""
        end = self._day(moment) - self._oldest + 1
        days = slice(end - window, end)
        known = self._seen[days, who] <= moment
        return known | self._passing[moment][days, who] if moment in self._passing else known

    def _day(self, moment: int) -> int:
        return self._plan.chain.number(self._plan.chain.moments[moment].day)
