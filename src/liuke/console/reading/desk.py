"""The numbers at the head of the workbench, from the state database, within the person's scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils import timezone

from liuke.govern.access import Scope
from liuke.state import order_list
from liuke.state.models import OrderEvent, WorkOrder
from liuke.state.models.orders import OrderQuerySet
from liuke.state.today_list import Places


@dataclass(frozen=True, slots=True)
class Desk:
    """open_orders, urgent, due_soon: orders now. contacted: customers contacted today. capacity: customers per
    workday of an RM whose bank gave one. saved, saved_aum: orders closed as saved this month, by the RM's own
    judgement, and the assets of those customers at the warning (bank currency).
    """

    open_orders: int
    urgent: int
    due_soon: int
    contacted: int
    capacity: int | None
    saved: int
    saved_aum: Decimal

    @property
    def contacted_share(self) -> float:
        """Contacted today against capacity, at most 1."""
        return min(1.0, self.contacted / self.capacity) if self.capacity else 0.0


def desk(scope: Scope, now: datetime, counts: Mapping[str, int] | None = None, places: Places | None = None) -> Desk:
    """The head numbers of the scope at `now`. counts: of an unfiltered order_list.page, where one was just made.
    places: of an RM.
    """
    mine = WorkOrder.objects.visible_to(scope)
    counts = counts or order_list.page(scope, "open", "", "urgency", 1, 1, now=now).counts
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    saved = mine.filter(closed_at__gte=today.replace(day=1), outcome="saved").aggregate(n=Count("id"), aum=Sum("aum"))
    return Desk(
        open_orders=counts["open"],
        urgent=counts["urgent"],
        due_soon=counts["due_soon"],
        contacted=places.contacted if places else _contacted(mine, today),
        capacity=places.capacity if places else None,
        saved=saved["n"],
        saved_aum=saved["aum"] or Decimal(0),
    )


def _contacted(mine: OrderQuerySet, today: datetime) -> int:
    called = OrderEvent.objects.filter(kind="contact", at__gte=today).values_list("order_id", flat=True)
    return mine.filter(pk__in=called).values("customer_id").distinct().count()
