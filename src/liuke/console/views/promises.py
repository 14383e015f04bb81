"""The calendar of promised call-backs: one day, or one week from Monday to Sunday."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from liuke.console.acting import guarded, page, scope_of
from liuke.console.showing import OrderRow, order_row
from liuke.govern.access import Scope
from liuke.state.models import WorkOrder
from liuke.state.promise_list import promises

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
    """One column of the calendar, earliest promise first."""

    on: date
    entries: tuple[Entry, ...]


@guarded("see_orders")
def calendar(request: HttpRequest) -> HttpResponse:
    """The day or week asked for, today's by default, and what was missed before it."""
    scope, now, today = scope_of(request), timezone.now(), timezone.localdate()
    length = 1 if request.GET.get("view") == "day" else 7
    asked = _date_of(request.GET.get("on", ""), today)
    first = asked if length == 1 else asked - timedelta(days=asked.weekday())
    found = promises(scope, _midnight(first), _midnight(first + timedelta(days=length)), now)
    entries = _entries(found.kept, scope, now)
    span = [first + timedelta(days=n) for n in range(length)]
    context = {
        "view": "day" if length == 1 else "week",
        "asked": asked,
        "today": today,
        "first": first,
        "last": span[-1],
        "before": asked - timedelta(days=length),
        "after": asked + timedelta(days=length),
        "days": [Day(on, tuple(e for e in entries if e.at.date() == on)) for on in span],
        "total": found.kept_total,
        "cut": found.kept_total - len(found.kept),
        "missed": _entries(found.missed, scope, now),
        "missed_total": found.missed_total,
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
