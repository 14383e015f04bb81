"""What has just happened to work orders, for pages that are open: read in the order in which it was written.

A number is given when a row is written and shows when its transaction ends, so a smaller number may appear after a
larger one (PostgreSQL). Readers therefore look back over the last `OVERLAP` numbers and drop what they have told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Max

from liuke.govern.access import Scope
from liuke.state.models import OrderEvent

KINDS: Final = ("opened", "enriched", "hand_over", "escalated", "reminder")
"""Kinds of OrderEvent that put something new on a desk."""
OVERLAP: Final = 200
LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class OrderNews:
    """One event of one order, and whose desk it lies on now. number: rises with time, but for concurrent writers."""

    number: int
    kind: str
    order_id: str
    priority: int
    customer_id: str
    staff_id: str | None
    branch_id: str | None

    def concerns(self, scope: Scope) -> bool:
        """Whether the order lies in the person's scope; a reminder is for the desk alone that gave the promise."""
        if self.kind == "reminder":
            return self.staff_id is not None and self.staff_id == scope.staff_id
        return scope.sees(branch_id=self.branch_id, staff_id=self.staff_id, customer_id=self.customer_id)


def newest_number() -> int:
    """The number of the last event of any kind; 0 when there is none."""
    return OrderEvent.objects.aggregate(last=Max("id"))["last"] or 0


def news_since(number: int) -> list[OrderNews]:
    """What happened after `number`, and the `OVERLAP` numbers before it again; the first 1000, oldest first."""
    rows = OrderEvent.objects.filter(id__gt=number - OVERLAP, kind__in=KINDS).order_by("id")
    owner = ("order__order_id", "order__priority", "order__customer_id", "order__staff_id", "order__branch_id")
    return [OrderNews(*row) for row in rows.values_list("id", "kind", *owner)[:LIMIT]]
