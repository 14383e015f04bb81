"""The story of the demo: history, then day after day data, batch, desks, and the world that answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from liuke.cli.demo.annex import Annex, annex
from liuke.cli.demo.desks import Call, Diary, plan_calls
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
    """Lives through the plan in the bank home of `house`; `files` is where the bank's files lie meanwhile."""
    lived = history(
        found_bank(plan.config), plan.loop_start, files / "history",
        lambda done, total: progress("history", _HISTORY_SHARE * 0.6 * done / total),
    )  # fmt: skip
    with annex(house.home) as beside:
        progress("load", _HISTORY_SHARE * 0.6)
        rows = _delivered(house, beside, files / "history", plan.loop_start, calls=[], backfill=True)
        days = tuple(business_days(house, plan))
        reports: list[DayReport] = []
        world, diary, waiting = lived.world, Diary((), no_contacts()), Waiting()
        for number, day in enumerate(days):
            progress(f"{day}", _HISTORY_SHARE + (1 - _HISTORY_SHARE) * number / len(days))
            if number:
                # RMs call, customers answer, the bank's systems deliver what is new.
                calls, diary = diary.due(day, _offset(house, day))
                world, tables = advance(world, (day - days[number - 1]).days, diary.contacts)
                write_day(files / f"{day}", waiting.due(tables, weekly=day.weekday() == FRIDAY or day == plan.end))
                loaded = _delivered(house, beside, files / f"{day}", day, calls=calls, backfill=False)
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


def _delivered(
    house: House, beside: Annex, folder: Path, day: date, *, calls: list[Call], backfill: bool
) -> dict[str, int]:
    """Loads everything under `folder` while the RMs log their calls; the folder is removed."""
    logged = beside.log(calls)
    app = beside.deliver(folder, "app", day=day, backfill=backfill)
    rows = deliver(house, folder, "core-standing", day=day, backfill=backfill)
    service = beside.deliver(folder, "service", day=day, backfill=backfill)
    rows |= deliver(house, folder, "core-movements", day=day, backfill=backfill)
    logged.result()
    rows |= app.result() | service.result()
    shutil.rmtree(folder)
    return rows


def _offset(house: House, day: date) -> timedelta:
    """How far the bank's clock is ahead of UTC on `day`."""
    return datetime(day.year, day.month, day.day, tzinfo=house.zone).utcoffset() or timedelta()
