"""One page of the work order list, the same for the console and the API: ids first, then rows.

The page's ids come from a covering index (owner, phase, priority, due_at, id, …), so that page 500 of a list
of 100k orders reads 25 rows and not 12,500. Counts of all tabs come from the same index in one pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from django.db.models import Count, Q
from django.utils import timezone

from liuke.errors import YourMistake, did_you_mean
from liuke.govern.access import Scope, finds_people, require
from liuke.state.load import OFFER
from liuke.state.models import WorkOrder
from liuke.state.models.orders import ENDED, OPEN, OrderQuerySet

Tab = Literal["open", "escalated", "todo", "urgent", "due_soon", "following", "waiting", "closed"]
Sort = Literal["urgency", "due", "score", "aum", "newest"]

DUE_SOON = timedelta(hours=4)
CHURN: Final = "rm_care"
"""Theme of the care calls that the daily run decides."""
POOL: Final = "pool"
CLOSED_FOR = timedelta(days=90)
"""The closed tab goes back so far; older orders are found on the customer's page."""

_SORTS: Final[dict[Sort, tuple[str, ...]]] = {
    "urgency": ("priority", "due_at", "id"),
    "due": ("due_at", "id"),
    "score": ("-score", "id"),
    "aum": ("-aum", "id"),
    "newest": ("-created_at", "-id"),
}


@dataclass(frozen=True, slots=True)
class Only:
    """What a list is narrowed to beside its tab; '' narrows nothing.

    theme. tier: of the warning, or how urgent the trigger rule is. source: churn (care calls of the daily run),
    offer, or trigger (everything else: rules and campaigns).
    due: late (first contact overdue), today (by midnight, late ones too) or week (7 days).
    staff: a desk's staff id, or 'pool'. also: customers whom the search means too, by their phone.
    """

    theme: str = ""
    tier: str = ""
    source: str = ""
    due: str = ""
    staff: str = ""
    also: frozenset[str] = frozenset()

    @property
    def narrows(self) -> bool:
        """Whether a filter is set."""
        return any((self.theme, self.tier, self.source, self.due, self.staff))

    def condition(self, now: datetime) -> Q:
        """The same as a condition on work orders; what is unknown narrows nothing."""
        began = midnight(now)
        until = {"late": now, "today": began + timedelta(days=1), "week": began + timedelta(days=7)}.get(self.due)
        wanted = Q(theme=self.theme) if self.theme else Q()
        if self.tier:
            wanted &= Q(tier=self.tier)
        if self.source in ("churn", "offer"):
            wanted &= Q(theme=CHURN if self.source == "churn" else OFFER)
        elif self.source == "trigger":
            wanted &= ~Q(theme__in=(CHURN, OFFER))
        if until:
            wanted &= Q(due_at__lt=until, attempts=0)
        if self.staff:
            wanted &= Q(staff_id__isnull=True) if self.staff == POOL else Q(staff_id=self.staff)
        return wanted


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page. counts: orders per tab under the same search and filters. page: the one shown, 1-based."""

    rows: tuple[WorkOrder, ...]
    counts: dict[str, int]
    tab: str
    page: int
    size: int

    @property
    def total(self) -> int:
        """Orders in the tab."""
        return self.counts[self.tab]

    @property
    def pages(self) -> int:
        """Pages in the tab, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """1-based place of the first row shown; 0 when there is none."""
        return (self.page - 1) * self.size + 1 if self.rows else 0


EVERYTHING: Final = Only()


def page(
    scope: Scope, tab: str, query: str, sort: str, page: int, size: int, *, now: datetime, only: Only = EVERYTHING
) -> OrderPage:
    """The page of the scope's orders.

    tab: open (everything in work), escalated (overdue, before the branch head, still without a contact), todo (not
    yet contacted), urgent (P1), due_soon (first contact due within
    4 hours or overdue), following (contacted), waiting (a next date is agreed), closed (last 90 days, newest
    first). query: the beginning of an order or customer number, or, for roles that call customers (`finds_people`),
    part of the customer's name; those of `only.also` are found beside them. A page beyond the end shows the last one.
    Raises NotAllowed without `see_orders`, YourMistake for an unknown tab or sort.
    """
    require(scope, "see_orders")
    tabs = tabs_at(now, scope)
    _known(tab, tabs, "tab")
    _known(sort, _SORTS, "sort")
    rows = wanted(scope, query.strip(), only, now)
    counts = counted(rows, tabs, now)
    shown = min(max(page, 1), max(1, -(-counts[tab] // size)))
    rows = _closed(rows, now) if tab == "closed" else rows.filter(phase=OPEN).filter(tabs[tab])
    order = ("-closed_at", "-id") if tab == "closed" else _SORTS[_sort(sort)]
    ids = _page_ids(rows, order, counts[tab], (shown - 1) * size, size)
    found = WorkOrder.objects.in_bulk(ids)
    return OrderPage(tuple(found[n] for n in ids if n in found), counts, tab, shown, size)


def tabs_at(now: datetime, scope: Scope) -> dict[str, Q]:
    """Condition of each tab beside the phase; every column in it lies in the list indexes.

    An RM's orders are counted for the day too (state/today_list.py): day, and promised of it.
    """
    tabs = {
        "open": Q(),
        "escalated": Q(escalated_at__isnull=False, attempts=0),
        "todo": Q(attempts=0, next_contact_at__isnull=True),
        "urgent": Q(priority=1),
        "due_soon": Q(due_at__lte=now + DUE_SOON, attempts=0),
        "following": Q(attempts__gt=0, next_contact_at__isnull=True),
        "waiting": Q(next_contact_at__isnull=False),
        "closed": Q(),
    }
    if scope.role == "rm":
        mine, tomorrow = Q(staff_id=scope.staff_id), midnight(now) + timedelta(days=1)
        promised, free = Q(next_contact_at__lt=tomorrow), Q(next_contact_at__isnull=True)
        tabs |= {"promised": mine & promised, "day": mine & (promised | free)}
    return tabs


def midnight(now: datetime) -> datetime:
    """When the bank's day began."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def wanted(scope: Scope, query: str, only: Only, now: datetime) -> OrderQuerySet:
    """The scope's orders under a search and narrowed, open and ended."""
    rows = WorkOrder.objects.visible_to(scope).filter(only.condition(now))
    if query:
        named = Q(order_id__startswith=query) | Q(customer_id__startswith=query) | Q(customer_id__in=sorted(only.also))
        rows = rows.filter(named | Q(customer_name__contains=query) if finds_people(scope) else named)
    return rows


def _closed(rows: OrderQuerySet, now: datetime) -> OrderQuerySet:
    return rows.filter(phase=ENDED, closed_at__gte=now - CLOSED_FOR)


def counted(rows: OrderQuerySet, tabs: dict[str, Q], now: datetime) -> dict[str, int]:
    """Orders of each tab, those of the last 90 days for `closed`."""
    inner = {name: Count("id", filter=condition) for name, condition in tabs.items() if condition}
    counts = rows.filter(phase=OPEN).aggregate(open=Count("id"), **inner)
    return {**counts, "closed": _closed(rows, now).count()}


def _page_ids(rows: OrderQuerySet, order: tuple[str, ...], total: int, start: int, size: int) -> list[int]:
    """Ids of one page; the second half of a list is read from its end: the last page is as near as the first."""
    end = min(start + size, total)
    if start <= total - end:
        return list(rows.order_by(*order).values_list("id", flat=True)[start : start + size])
    backward = rows.order_by(*order).reverse().values_list("id", flat=True)
    return list(backward[total - end : total - start])[::-1]


def _sort(name: str) -> Sort:
    return next(s for s in get_args(Sort) if s == name)


def _known(name: str, names: object, what: str) -> None:
    known = list(names)  # type: ignore[call-overload]
    if name not in known:
        raise YourMistake(f"unknown {what} '{name}'", expected=did_you_mean(name, known))
