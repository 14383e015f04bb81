"""The calendar of promised call-backs: one day, or one week from Monday to Sunday."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from liuke.console.acting import guarded, page, scope_of
from liuke.console.paging import place_of
from liuke.console.showing import OrderRow, order_row
from liuke.console.whole_number import whole
from liuke.govern.access import Scope
from liuke.state.models import WorkOrder
from liuke.state.promise_list import promises

WEEK_ROWS: Final = 12
"""Promises of each day that a week lists; the day's own page has them all."""
DAY_ROWS: Final = 100
_EARLIEST, _LATEST = date(2000, 1, 3), date(2100, 1, 3)
"""Dates an address may ask for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One promise. late: its moment is past."""

    at: datetime
    late: bool
    row: OrderRow


@dataclass(frozen=True, slots=True)
class Day:
    """One column of the calendar, earliest promise first. more: promises of the day that are not listed."""

    on: date
    entries: tuple[Entry, ...]
    more: int


@require_GET
@guarded("see_orders")
def calendar(request: HttpRequest) -> HttpResponse:
    """The day or week asked for, today's by default, and what was missed before it."""
    scope, now, today = scope_of(request), timezone.now(), timezone.localdate()
    length = 1 if request.GET.get("view") == "day" else 7
    asked = _date_of(request.GET.get("on", ""), today)
    first = asked if length == 1 else asked - timedelta(days=asked.weekday())
    span = [first + timedelta(days=n) for n in range(length)]
    spans = [(_midnight(on), _midnight(on + timedelta(days=1))) for on in span]
    most, number = (DAY_ROWS, whole(request.GET.get("page"))) if length == 1 else (WEEK_ROWS, 1)
    found = promises(scope, spans, now, most=most, skipped=(number - 1) * most)
    listed = zip(span, found.days, strict=True)
    context = {
        "view": "day" if length == 1 else "week",
        "asked": asked,
        "today": today,
        "first": first,
        "last": span[-1],
        "before": asked - timedelta(days=length),
        "after": asked + timedelta(days=length),
        "days": [Day(on, _entries(day.rows, scope, now), 0 if length == 1 else day.more) for on, day in listed],
        "total": sum(day.total for day in found.days),
        "missed": _entries(found.missed.rows, scope, now) if number == 1 else (),
        "missed_total": found.missed.total,
        "missed_more": found.missed.more,
        "page": place_of(number, most, len(found.days[0].rows), found.days[0].total) if length == 1 else None,
    }
    return page(request, "console/promises.html", "workbench", context)


def _entries(orders: Iterable[WorkOrder], scope: Scope, now: datetime) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            timezone.localtime(order.next_contact_at), order.next_contact_at < now, order_row(order, scope, now.date())
        )
        for order in orders
        if order.next_contact_at is not None
    )


def _date_of(text: str, today: date) -> date:
    try:
        return min(max(date.fromisoformat(text), _EARLIEST), _LATEST)
    except ValueError:
        return today


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
