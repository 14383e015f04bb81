"""The daily run lets orders lapse whose time is over."""

from __future__ import annotations

from datetime import datetime

from liuke.act.workorder import Expire, advance
from liuke.govern.audit import AuditRecord
from liuke.state.audit import append
from liuke.state.load import order_of, put_order
from liuke.state.locks import sole_writer
from liuke.state.models import OrderEvent, WorkOrder

_BATCH = 1000
_CHANGED = ["state", "phase", "closed_at", "next_contact_at", "version", "updated_at"]


def expire_due(now: datetime, *, actor: str = "system") -> int:
    """Expires every open order with `expires_at` ≤ now; returns how many. A second call finds none."""
    total = 0
    while count := _expire_batch(now, actor):
        total += count
    return total


def _expire_batch(now: datetime, actor: str) -> int:
    with sole_writer("expire_due"):
        due = WorkOrder.objects.open().select_for_update().filter(expires_at__lte=now)
        rows = list(due.order_by("id")[:_BATCH])
        for row in rows:
            changed, _ = advance(order_of(row), Expire(), now)
            put_order(row, changed, now)
        if rows:
            WorkOrder.objects.bulk_update(rows, _CHANGED, batch_size=200)
            OrderEvent.objects.bulk_create(OrderEvent(order=row, at=now, actor=actor, kind="expired") for row in rows)
            append(AuditRecord(now, actor, "", "orders_expired", "order", data={"expired": len(rows)}))
    return len(rows)
