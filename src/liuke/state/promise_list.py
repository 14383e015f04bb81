"""Call-backs promised to customers 约定回访: open orders by the moment of the next contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from liuke.govern.access import Scope, require
from liuke.state.models import WorkOrder

MOST: Final = 300
"""Rows of one answer; totals count all."""


@dataclass(frozen=True, slots=True)
class Promises:
    """kept: promises of the span, earliest first. missed: those before the span that are past and still open."""

    kept: tuple[WorkOrder, ...]
    kept_total: int
    missed: tuple[WorkOrder, ...]
    missed_total: int


def promises(scope: Scope, start: datetime, end: datetime, now: datetime) -> Promises:
    """Call-backs promised for `start` ≤ moment < `end` within the scope, and the missed ones from before.

    A contact or the order's end takes its promise away, so whatever is past has not been kept.
    Raises NotAllowed without `see_orders`.
    """
    require(scope, "see_orders")
    rows = WorkOrder.objects.visible_to(scope).open().order_by("next_contact_at", "id")
    kept = rows.filter(next_contact_at__gte=start, next_contact_at__lt=end)
    missed = rows.filter(next_contact_at__lt=min(start, now))
    return Promises(tuple(kept[:MOST]), kept.count(), tuple(missed[:MOST]), missed.count())
