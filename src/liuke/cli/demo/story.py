"""The story of the demo: history, then day after day data, batch, desks, and the world that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from liuke.cli.demo.annex import Annex, annex
from liuke.cli.demo.campaigning import approvals, approve, campaign_days, prepare, send
from liuke.cli.demo.desks import Diary, log_calls, plan_calls
from liuke.cli.demo.experimenting import is_read, register
from liuke.cli.demo.feeds import FRIDAY, Waiting, write_day
from liuke.cli.demo.grouping import group
from liuke.cli.demo.plan import Plan
from liuke.cli.demo.teaching import teach
from liuke.daily import DayReport, run_day
from liuke.insight.clusters.shelf import models
from liuke.sim import World, advance, found_bank, history, no_contacts, ordinal
from liuke.streaming.core.feed import LATENESS
from liuke.streaming.core.home import begin_home, feed_home
from liuke.wiring import House

Progress = Callable[[str, float], None]
"""Told what is being done and which share of the whole is done (0..1)."""

_HISTORY_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Story:
    """What happened: the world as the loop found it, rows loaded per table, and each day's report.

    model: what was trained and how it did, or why not, in a sentence; empty when none was asked for.
    """

    beginning: World
    rows: dict[str, int]
    days: tuple[DayReport, ...]
    model: str = ""


def tell(house: House, plan: Plan, files: Path, progress: Progress) -> Story:
    """Lives through the plan in the bank home of `house`; `files` is where the bank's files lie meanwhile."""
    lived = history(
        found_bank(plan.config), plan.loop_start, files / "history",
        lambda done, total: progress("history", _HISTORY_SHARE * 0.6 * done / total),
    )  # fmt: skip
    with annex(house) as beside:
        progress("load", _HISTORY_SHARE * 0.6)
        loaded = [beside.deliver(files / "history", plan.loop_start, backfill=True).result()]
        if campaign_days(house, plan, business_days(house, plan)):
            prepare(house)
        if not plan.loop_only:
            register(house, plan)
        reports = []
        lessons: list[str] = []
        for report, rows in _loop(house, plan, lived.world, files, beside, lessons):
            done = (report.as_of - plan.loop_start).days / plan.loop_days
            progress(f"{report.as_of}", _HISTORY_SHARE + (1 - _HISTORY_SHARE) * done)
            reports.append(report)
            loaded.append(rows)
    progress("rules", 0.98)
    _wake_rules(house, plan)
    return Story(
        lived.world, {n: sum(rows.get(n, 0) for rows in loaded) for n in loaded[0]}, tuple(reports), " ".join(lessons)
    )


def _wake_rules(house: House, plan: Plan) -> None:
    """The trigger rules hear of the last days; what was before is history. They act once the bank is served."""
    begin_home(house, house.as_of(plan.end).known_by - LATENESS)
    feed_home(house, closes=plan.end)


def _loop(
    house: House, plan: Plan, world: World, files: Path, beside: Annex, lessons: list[str]
) -> Iterator[tuple[DayReport, dict[str, int]]]:
    """Each batch day's report, and the rows delivered for the batch day after it.

    Files of the next batch day arrive while the batch runs: what they hold is settled, since the orders the
    batch opens are called on that day at the earliest, and a call changes what a customer does from the day
    after. As-of reading keeps the new rows out of the running batch. With days left out between batches
    (`every_days`) calls do fall in between, so the files wait for them. lessons: told what came of the model.
    """
    diary, waiting = Diary((), no_contacts()), Waiting()
    days = [*business_days(house, plan), None]
    entering = campaign_days(house, plan, business_days(house, plan))
    due = approvals(plan, entering)
    for place, (day, following) in enumerate(pairwise(days)):
        assert day is not None
        arriving = None
        if following and plan.every_days == 1:
            arriving = _arrive(world, diary, waiting, following, plan, files, beside)
        for approved_from in [first for first in due if first <= day]:
            approve(house, due.pop(approved_from), day)
        looks = plan.looks_at(day)
        report = run_day(
            house, day, loop_only=not looks, campaigns=looks or day in entering, experiments=is_read(plan, day, place)
        )
        if report.messages_queued and day < plan.end:  # those of the last day are due when the console is open
            send(house, day)
        if plan.taught_on and day >= plan.taught_on and not lessons:
            lessons.append(teach(house, day))
        if plan.looks_at(day) and not models(house.clusters):
            group(house, day)
        planned = plan_calls(world, day, _offset(house, day))
        diary = Diary(diary.calls + planned.calls, diary.contacts.joined(planned.contacts))
        if following:
            arriving = arriving or _arrive(world, diary, waiting, following, plan, files, beside)
            calls, diary = diary.due(following, _offset(house, following))
            log_calls(calls)
            world, _ = advance(world, ordinal(following) - world.day, diary.contacts)
        yield report, arriving.result() if arriving else {}


def _arrive(
    world: World, diary: Diary, waiting: Waiting, day: date, plan: Plan, files: Path, beside: Annex
) -> Future[dict[str, int]]:
    """Writes the files of the days after the world's up to `day` and has them loaded beside."""
    _, tables = advance(world, ordinal(day) - world.day, diary.contacts)
    write_day(files / f"{day}", waiting.due(tables, weekly=day.weekday() == FRIDAY or day == plan.end))
    return beside.deliver(files / f"{day}", day, backfill=False)


def business_days(house: House, plan: Plan) -> Iterator[date]:
    """The days with a batch: workdays from loop_start on, every `every_days`, and always the last day."""
    day = plan.loop_start
    while day < plan.end:
        if plan.every_days > 1 or house.calendar.is_workday(day) or day == plan.loop_start:
            yield day
        day += timedelta(days=plan.every_days)
    yield plan.end


def _offset(house: House, day: date) -> timedelta:
    """How far the bank's clock is ahead of UTC on `day`."""
    return datetime(day.year, day.month, day.day, tzinfo=house.zone).utcoffset() or timedelta()
