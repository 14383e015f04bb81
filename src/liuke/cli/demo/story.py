"""The story of the demo: history, then day after day data, batch, desks, and the world that answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from liuke.cli.demo.desks import Diary, log_calls, plan_calls
from liuke.cli.demo.feeds import FRIDAY, Waiting, deliver, write_day
from liuke.cli.demo.plan import Plan
from liuke.daily import DayReport, run_day
from liuke.sim import World, advance, found_bank, history, no_contacts
from liuke.wiring import House

Progress = Callable[[str, float], None]
"""Told what is being done and which share of the whole is done (0..1)."""

_HISTORY_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Story:
    """What happened: the world as the loop found it, rows loaded per table, and each day's report."""

    beginning: World
    rows: dict[str, int]
    days: tuple[DayReport, ...]


def tell(house: House, plan: Plan, files: Path, progress: Progress) -> Story:
    """Lives through the plan in the bank home of `house`; `files` is where the core bank's files lie meanwhile."""
    bank = found_bank(plan.config)
    lived = history(
        bank, plan.loop_start, files / "history",
        lambda done, total: progress("history", _HISTORY_SHARE * 0.6 * done / total),
    )  # fmt: skip
    progress("load", _HISTORY_SHARE * 0.6)
    rows = _load(house, files / "history", plan.loop_start, backfill=True)
    shutil.rmtree(files / "history")
    days = tuple(business_days(house, plan))
    reports: list[DayReport] = []
    world, diary, waiting = lived.world, Diary((), no_contacts()), Waiting()
    for number, day in enumerate(days):
        progress(f"{day}", _HISTORY_SHARE + (1 - _HISTORY_SHARE) * number / len(days))
        if number:
            world, diary, tables = _until(house, world, diary, days[number - 1], day)
            due = waiting.deliver(tables, weekly=day.weekday() == FRIDAY or day == plan.end)
            loaded = _delivered(house, due, files / f"{day}", day)
            rows = {name: rows.get(name, 0) + loaded.get(name, 0) for name in rows | loaded}
        reports.append(run_day(house, day))
        planned = plan_calls(world, day, _offset(house, day))
        diary = Diary(diary.calls + planned.calls, diary.contacts.joined(planned.contacts))
    return Story(lived.world, rows, tuple(reports))


def business_days(house: House, plan: Plan) -> Iterator[date]:
    """The days with a batch: workdays from loop_start on, every `every_days`, and always the last day."""
    day = plan.loop_start
    while day < plan.end:
        if plan.every_days > 1 or house.calendar.is_workday(day) or day == plan.loop_start:
            yield day
        day += timedelta(days=plan.every_days)
    yield plan.end


def _until(house: House, world: World, diary: Diary, last: date, day: date) -> tuple[World, Diary, dict[str, pa.Table]]:
    """Lives on from the day after `last` to `day`: RMs call, customers answer; the core bank's new rows."""
    calls, rest = diary.due(day, _offset(house, day))
    log_calls(calls)
    world, tables = advance(world, (day - last).days, diary.contacts)
    return world, rest, tables


def _delivered(house: House, tables: dict[str, pa.Table], folder: Path, day: date) -> dict[str, int]:
    write_day(folder, tables)
    loaded = _load(house, folder, day, backfill=False)
    shutil.rmtree(folder)
    return loaded


def _load(house: House, folder: Path, day: date, *, backfill: bool) -> dict[str, int]:
    with house.engine() as engine:
        report = deliver(house, engine, folder, day=day, backfill=backfill)
    return {table.table: table.accepted for table in report.tables}


def _offset(house: House, day: date) -> timedelta:
    """How far the bank's clock is ahead of UTC on `day`."""
    return datetime(day.year, day.month, day.day, tzinfo=house.zone).utcoffset() or timedelta()
