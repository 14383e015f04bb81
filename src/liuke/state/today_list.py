"""Today's list 今日: what an RM should do today, in an order that can be told, cut to the day's capacity.

    0 promised   a call-back promised for today, or missed: the bank gave its word
    1 late       the first contact is overdue
    2 due        the first contact is due today
    3 urgent     P1, due later
    4 new        any other that nobody tried yet
    5 followed   tried, and no next date is agreed

Orders of the own desk, without those whose promise lies after today. Within a rank: priority, due time, number.
Promises are never cut; the others take the places that are left. What is cut, and all the rest, stands under `open` of
order_list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, Count, IntegerField, OuterRef, Q, Subquery, Value, When

from liuke.govern.access import Scope, require
from liuke.state.models import OrderEvent, Staff, WorkOrder
from liuke.state.models.orders import OPEN
from liuke.state.order_list import EVERYTHING, Only, OrderPage, counted, midnight, tabs_at, wanted

RANKS: Final = ("promised", "late", "due", "urgent", "new", "followed")


@dataclass(frozen=True, slots=True)
class Places:
    """What an RM's day holds. capacity: customers per workday; contacted: customers contacted today already."""

    capacity: int
    contacted: int

    @property
    def left(self) -> int:
        """Customers who can still be contacted today."""
        return max(0, self.capacity - self.contacted)

    def listed(self, counts: Mapping[str, int]) -> int:
        """Orders of today's list. counts: of an order_list.page."""
        return min(counts["day"], max(self.left, counts["promised"]))


@dataclass(frozen=True, slots=True)
class TodayPage:
    """A page of today's list. ranks: by id of the row, of RANKS. beyond: today's orders cut off by the capacity."""

    page: OrderPage
    ranks: Mapping[int, str]
    places: Places
    beyond: int


def places_of(scope: Scope, now: datetime) -> Places | None:
    """The RM's day; None for people who have no desk or whose bank gave no capacity."""
    if scope.role != "rm" or scope.staff_id is None:
        return None
    called = OrderEvent.objects.filter(kind="contact", at__gte=midnight(now)).values("order_id")
    mine = WorkOrder.objects.filter(staff_id=OuterRef("staff_id"), pk__in=called).order_by().values("staff_id")
    contacted = Subquery(mine.annotate(n=Count("customer_id", distinct=True)).values("n"))
    rows = Staff.objects.filter(staff_id=scope.staff_id, daily_capacity__isnull=False).annotate(contacted=contacted)
    found = rows.values_list("daily_capacity", "contacted").first()
    return Places(found[0] or 0, found[1] or 0) if found else None


def today(
    scope: Scope, query: str, page: int, size: int, *, now: datetime, places: Places, only: Only = EVERYTHING
) -> TodayPage:
    """The page of today's list within the scope; counts of all tabs come with it. Needs `see_orders`."""
    require(scope, "see_orders")
    whens, tabs = _whens(now), tabs_at(now, scope)
    rows = wanted(scope, query.strip(), only, now)
    counts = counted(rows, tabs, now)
    counts["today"] = places.listed(counts)
    shown = min(max(page, 1), max(1, -(-counts["today"] // size)))
    ranked = rows.filter(phase=OPEN).filter(tabs["day"]).annotate(rank=_rank(whens))
    order = ("rank", "priority", "due_at", "id")
    start = (shown - 1) * size
    found = ranked.order_by(*order)[start : min(start + size, counts["today"])]
    kept = tuple(found)
    ranks = {row.pk: RANKS[vars(row)["rank"]] for row in kept}
    return TodayPage(OrderPage(kept, counts, "today", shown, size), ranks, places, counts["day"] - counts["today"])


def _whens(now: datetime) -> dict[str, Q]:
    """Condition of each rank; the first that holds counts."""
    tomorrow = midnight(now) + timedelta(days=1)
    free = Q(next_contact_at__isnull=True)
    return {
        "promised": Q(next_contact_at__lt=tomorrow),
        "late": free & Q(attempts=0, due_at__lt=now),
        "due": free & Q(attempts=0, due_at__lt=tomorrow),
        "urgent": free & Q(attempts=0, priority=1),
        "new": free & Q(attempts=0),
        "followed": free,
    }


def _rank(whens: Mapping[str, Q]) -> Case:
    cases = [When(whens[name], then=Value(number)) for number, name in enumerate(RANKS)]
    return Case(*cases, default=Value(len(RANKS) - 1), output_field=IntegerField())
