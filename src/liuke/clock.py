"""Moments and working days, always passed in, never read from the machine inside the library."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from liuke.errors import Place, YourMistake

FEED_LAG = timedelta(hours=9)
"""How long after the end of a business day its data may still arrive and count: the T+1 morning run."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """A point in time for all point-in-time work: what happened by `day`, as known by `known_by`.

    day: the last bank-local business day whose facts may enter. known_by: UTC moment; rows ingested later
    may not enter, whatever day they are about (bitemporal).
    """

    day: date
    known_by: datetime

    @classmethod
    def end_of(cls, day: date, zone: ZoneInfo, lag: timedelta = FEED_LAG) -> AsOf:
        """The state of knowledge on the morning after `day`: local midnight at its end, plus `lag`."""
        midnight = datetime.combine(day + timedelta(days=1), time(), zone)
        return cls(day, (midnight + lag).astimezone(UTC))

    def back(self, days: int) -> AsOf:
        """The same kind of moment `days` earlier."""
        return AsOf(self.day - timedelta(days=days), self.known_by - timedelta(days=days))


@dataclass(frozen=True, slots=True)
class WorkHours:
    """When the bank works on a workday, local time, with the lunch break left out."""

    opens: time = time(9)
    lunch_from: time = time(12)
    lunch_to: time = time(13)
    closes: time = time(17, 30)

    def spans(self, day: date, zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
        """The morning and afternoon of `day` as aware datetimes."""

        def at(moment: time) -> datetime:
            return datetime.combine(day, moment, zone)

        return (at(self.opens), at(self.lunch_from)), (at(self.lunch_to), at(self.closes))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Workdays 工作日 of the bank: an explicit table up to `known_until`, weekdays beyond it.

    Beyond `known_until` the State Council's notice is not known yet, so faces show a warning there.
    """

    workdays: frozenset[date]
    known_from: date
    known_until: date
    zone: ZoneInfo
    hours: WorkHours = WorkHours()

    def is_workday(self, day: date) -> bool:
        """Whether the bank works on `day`."""
        if self.known_from <= day <= self.known_until:
            return day in self.workdays
        return day.weekday() < 5

    def is_certain(self, day: date) -> bool:
        """Whether `day` lies within the officially published years."""
        return self.known_from <= day <= self.known_until

    def workdays_from(self, day: date) -> Iterator[date]:
        """Workdays from `day` on, `day` included when it is one; endless."""
        while True:
            if self.is_workday(day):
                yield day
            day += timedelta(days=1)

    def next_workday(self, day: date) -> date:
        """The first workday after `day`."""
        return next(self.workdays_from(day + timedelta(days=1)))

    def add_work_time(self, start: datetime, work: timedelta) -> datetime:
        """The moment (UTC) at which `work` of working time has passed since `start` (aware).

        A start outside hours begins with the next opening; lunch, nights, weekends and holidays do not count.
        """
        left, local = work, start.astimezone(self.zone)
        for day in self.workdays_from(local.date()):
            for begin, end in self.hours.spans(day, self.zone):
                here = max(begin, local)
                if here >= end:
                    continue
                if left <= end - here:
                    return (here + left).astimezone(UTC)
                left -= end - here
        raise AssertionError("unreachable: workdays are endless")


def read_calendar(path: Path, zone: ZoneInfo) -> WorkCalendar:
    """The bank's `calendar.csv` (columns date, workday 0/1, note).

    Raises YourMistake naming file, line and column when a row cannot be read or no row is there.
    """
    days: dict[date, bool] = {}
    if not path.is_file():
        raise YourMistake(
            "the working calendar is missing",
            place=Place(str(path)),
            expected="a file with one row per day: date,workday,note",
            then="liuke init writes a full calendar; copy it from a new folder",
        )
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            try:
                days[date.fromisoformat((row.get("date") or "").strip())] = {"1": True, "0": False}[
                    (row.get("workday") or "").strip()
                ]
            except (ValueError, KeyError) as error:
                raise YourMistake(
                    f"calendar row cannot be read: {error}",
                    place=Place(str(path), line),
                    expected="date as 2026-02-17 and workday as 0 or 1",
                    then=f"mend line {line} of {path.name} and run the command again",
                ) from error
    if not days:
        raise YourMistake(
            "the working calendar has no rows",
            place=Place(str(path)),
            expected="one row per day: date,workday,note",
            then="liuke init writes a full calendar; copy it from a new folder",
        )
    return WorkCalendar(frozenset(d for d, works in days.items() if works), min(days), max(days), zone)
