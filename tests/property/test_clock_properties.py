"""The working calendar against an oracle that walks minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.clock import WorkCalendar, WorkHours

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)
MINUTE = timedelta(minutes=1)
zones = st.sampled_from(["Asia/Shanghai", "Europe/Prague", "America/New_York"]).map(ZoneInfo)
days = st.sets(st.integers(0, 30).map(lambda n: FIRST + timedelta(days=n)), min_size=1)
minutes = st.integers(0, 45 * 24 * 60)
hours = st.sampled_from([WorkHours(), WorkHours(time(8, 30), time(11, 45), time(14), time(18))])


def open_minute(calendar: WorkCalendar, moment: datetime) -> bool:
    """Whether the minute that starts at `moment` is worked."""
    local = moment.astimezone(calendar.zone)
    day, clock, h = local.date(), local.time(), calendar.hours
    works = day in calendar.workdays if FIRST <= day <= LAST else day.weekday() < 5
    return works and (h.opens <= clock < h.lunch_from or h.lunch_to <= clock < h.closes)


def walked(calendar: WorkCalendar, start: datetime, work: int) -> datetime:
    moment = start
    while work:
        work -= open_minute(calendar, moment)
        moment += MINUTE
    return moment


@settings(max_examples=60, deadline=None)
@given(zones, days, hours, minutes, st.integers(1, 600))
def test_work_time_is_what_walking_minute_by_minute_gives(
    zone: ZoneInfo, workdays: set[date], spans: WorkHours, offset: int, work: int
) -> None:
    calendar = WorkCalendar(frozenset(workdays), FIRST, LAST, zone, spans)
    start = datetime(2025, 12, 20, tzinfo=UTC) + offset * MINUTE
    assert calendar.add_work_time(start, work * MINUTE) == walked(calendar, start, work)


@settings(deadline=None)
@given(zones, days, minutes, st.integers(1, 3000), st.integers(1, 3000))
def test_work_time_adds_up_and_never_runs_backwards(
    zone: ZoneInfo, workdays: set[date], offset: int, first: int, second: int
) -> None:
    calendar = WorkCalendar(frozenset(workdays), FIRST, LAST, zone)
    start = datetime(2025, 12, 20, tzinfo=UTC) + offset * MINUTE
    middle = calendar.add_work_time(start, first * MINUTE)
    assert start < middle
    assert calendar.add_work_time(middle, second * MINUTE) == calendar.add_work_time(start, (first + second) * MINUTE)


@given(zones, days, st.integers(-20, 60))
def test_the_next_workday_is_the_first_later_day_that_is_worked(
    zone: ZoneInfo, workdays: set[date], offset: int
) -> None:
    calendar = WorkCalendar(frozenset(workdays), FIRST, LAST, zone)
    day = FIRST + timedelta(days=offset)
    following = calendar.next_workday(day)
    assert following > day
    assert calendar.is_workday(following)
    between = [day + timedelta(days=n) for n in range(1, (following - day).days)]
    assert not any(calendar.is_workday(d) for d in between)
