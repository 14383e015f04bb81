"""Call-backs promised to customers 约定回访: open orders by the moment of the next contact, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db.models import Count, Q

from liuke.govern.access import Scope, require
from liuke.state.models import WorkOrder

Span: TypeAlias = tuple[datetime, datetime]
"""From, and until before."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Promises of a span, earliest first, and how many there are of them."""

    rows: tuple[WorkOrder, ...]
    total: int

    @property
    def more(self) -> int:
        """Those that are not among the rows."""
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Promises:
    """days: one for each span asked for. missed: those before the first span that are past and still open."""

    days: tuple[Listed, ...]
    missed: Listed


def promises(scope: Scope, days: Sequence[Span], now: datetime, *, most: int, skipped: int = 0) -> Promises:
    """Call-backs promised within the scope for each of the spans, and the missed ones from before; `most` rows of each.

    A contact or the order's end takes its promise away, so whatever is past has not been kept. skipped: rows of each
    span that are passed over, for its second page. Raises NotAllowed without `see_orders`.
    """
    require(scope, "see_orders")
    rows = WorkOrder.objects.visible_to(scope).open()
    before = Q(next_contact_at__lt=min(days[0][0], now))
    within = [Q(next_contact_at__gte=start, next_contact_at__lt=end) for start, end in days]
    asked = rows.filter(Q(next_contact_at__lt=max(days[-1][1], now)))
    counted = asked.aggregate(
        missed=Count("pk", filter=before), **{f"day{n}": Count("pk", filter=day) for n, day in enumerate(within)}
    )
    ordered = rows.order_by("next_contact_at", "id")
    listed = tuple(
        Listed(tuple(ordered.filter(day)[skipped : skipped + most]) if counted[f"day{n}"] else (), counted[f"day{n}"])
        for n, day in enumerate(within)
    )
    missed = tuple(ordered.filter(before)[:most]) if counted["missed"] else ()
    return Promises(listed, Listed(missed, counted["missed"]))
