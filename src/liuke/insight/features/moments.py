"""Many moments at once: which rows each of them sees, and through which window.

Days are cut at every border of every window of every moment into elementary intervals; a row belongs to one
interval and is seen from one moment on, because both days and knowledge grow along a chain. Its `slot` is that
pair. `reach` says which moments a slot reaches and how old it is there. So rows are read and added up once, by
slot, and only slots are handed out to moments.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.clock import AsOf

_LONGEST = 60
"""Days in an interval at most: a set of days is kept in one integer, one bit a day."""
NIGHT_ENDS, NIGHT_BEGINS = time(6), time(22)
_STAMP = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Chain:
    """Moments in order: neither the day nor the knowledge of a later one is smaller."""

    moments: tuple[AsOf, ...]
    zone: ZoneInfo

    @property
    def base(self) -> date:
        """Day 0 of day numbers: the last as-of day, so that numbers are small and negative."""
        return self.moments[-1].day

    def table(self) -> pa.Table:
        """`_i` number of the moment, as_of, `_d` day number, `_ends` when the day ends (UTC)."""
        days = [m.day for m in self.moments]
        return pa.table(
            {
                "_i": pa.array(range(len(days)), pa.int64()),
                "as_of": pa.array(days, pa.date32()),
                "_d": pa.array([self.number(d) for d in days], pa.int64()),
                "_ends": pa.array([self._at(d + timedelta(days=1), time()) for d in days], _STAMP),
            }
        )

    def number(self, day: date) -> int:
        """Days from `base` to `day`."""
        return (day - self.base).days

    def seen(self, ingested_at: ir.TimestampValue) -> ir.IntegerValue:
        """Number of the first moment that knows a row ingested then; the number of moments when none does."""
        late = [(ingested_at > ibis.literal(m.known_by)).cast("int64") for m in self.moments]
        return sum(late[1:], late[0])

    def happened(self, day: ir.DateValue) -> ir.IntegerValue:
        """Number of the first moment whose day is not before `day`."""
        later = [(day > ibis.literal(m.day)).cast("int64") for m in self.moments]
        return sum(later[1:], later[0])

    def calendar(self, windows: Sequence[int]) -> pa.Table:
        """One row per day that any window of any moment holds.

        business_date; `_slot` of rows known in time; `_due` until when a row is in time; `_first` slot of the
        interval, to which a late row adds the number of its moment; `_d` day number; `_bit` of the day in its
        interval; `_weekend`; `_night_ends` and `_night_begins`, local 6:00 and 22:00.
        """
        n, borders = len(self.moments), self.borders(windows)
        rows = []
        for day, first in self._days(max(windows)):
            cell = bisect_left(borders, day)
            start = borders[cell - 1] + timedelta(days=1)
            rows.append(
                (
                    day,
                    cell * (n + 1) + first,
                    self.moments[first].known_by,
                    cell * (n + 1),
                    self.number(day),
                    1 << (day - start).days,
                    day.weekday() >= 5,
                    self._at(day, NIGHT_ENDS),
                    self._at(day, NIGHT_BEGINS),
                )
            )
        columns = list(zip(*rows, strict=True))
        return pa.Table.from_arrays(
            [pa.array(c, t) for c, t in zip(columns, _CALENDAR.types, strict=True)], schema=_CALENDAR
        )

    def reach(self, windows: Sequence[int]) -> pa.Table:
        """`_slot`, `_i`, `_age`: slot, moment it reaches, days from the slot's last day to the moment's day.

        `_ring`: the age of the oldest day that lies in the same windows.
        """
        n, borders = len(self.moments), self.borders(windows)
        found = []
        for cell, last in enumerate(borders):
            for i, moment in enumerate(self.moments):
                age = (moment.day - last).days
                if 0 <= age < max(windows):
                    ring = min(w for w in windows if w > age) - 1
                    found += [(cell * (n + 1) + seen, i, age, ring) for seen in range(i + 1)]
        columns = zip(("_slot", "_i", "_age", "_ring"), zip(*found, strict=True), strict=True)
        return pa.table({name: pa.array(values, pa.int64()) for name, values in columns})

    def _days(self, longest: int) -> Iterator[tuple[date, int]]:
        days = sorted({m.day - timedelta(days=n) for m in self.moments for n in range(longest)})
        for day in days:
            yield day, next(i for i, m in enumerate(self.moments) if m.day >= day)

    def borders(self, windows: Sequence[int]) -> list[date]:
        """Last days of intervals, rising; no interval is longer than _LONGEST."""
        ends = sorted({m.day - timedelta(days=w) for m in self.moments for w in (0, *windows)})
        whole = [ends[0]]
        for end in ends[1:]:
            while (end - whole[-1]).days > _LONGEST:
                whole.append(whole[-1] + timedelta(days=_LONGEST))
            whole.append(end)
        return whole

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


_CALENDAR = pa.schema(
    {
        "business_date": pa.date32(),
        "_slot": pa.int64(),
        "_due": _STAMP,
        "_first": pa.int64(),
        "_d": pa.int64(),
        "_bit": pa.int64(),
        "_weekend": pa.bool_(),
        "_night_ends": _STAMP,
        "_night_begins": _STAMP,
    }
)


def chains(moments: Sequence[AsOf], zone: ZoneInfo) -> list[Chain]:
    """The distinct moments as few chains: usually one."""
    made: list[list[AsOf]] = []
    for moment in sorted(set(moments), key=lambda m: (m.day, m.known_by)):
        fits = next((c for c in made if c[-1].known_by <= moment.known_by), None)
        if fits is None:
            made.append([moment])
        else:
            fits.append(moment)
    return [Chain(tuple(c), zone) for c in made]
