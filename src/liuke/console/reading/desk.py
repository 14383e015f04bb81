"""The numbers at the head of the workbench, from the state database, within the person's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone

from liuke.govern.access import Scope
from liuke.state.models import OrderEvent, Staff, WorkOrder
from liuke.state.order_list import DUE_SOON


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


def desk(scope: Scope, now: datetime) -> Desk:
    """The head numbers of the scope at `now`."""
    mine = WorkOrder.objects.visible_to(scope)
    local = timezone.localtime(now)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    soon = Q(due_at__lte=now + DUE_SOON, attempts=0)
    counts = mine.open().aggregate(
        n=Count("id"), urgent=Count("id", filter=Q(priority=1)), soon=Count("id", filter=soon)
    )
    saved = mine.filter(closed_at__gte=today.replace(day=1), outcome="saved").aggregate(n=Count("id"), aum=Sum("aum"))
    touched = OrderEvent.objects.filter(kind="contact", at__gte=today, order__in=mine)
    capacity = Staff.objects.filter(staff_id=scope.staff_id or "").values_list("daily_capacity", flat=True).first()
    return Desk(
        open_orders=counts["n"],
        urgent=counts["urgent"],
        due_soon=counts["soon"],
        contacted=touched.values("order__customer_id").distinct().count(),
        capacity=capacity if scope.role == "rm" else None,
        saved=saved["n"],
        saved_aum=saved["aum"] or Decimal(0),
    )
