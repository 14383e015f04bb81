"""Orders whose first contact is overdue come before the branch head: in the daily run, and as the clock goes on.

What has been overdue for long is found at once by the first sweep after an upgrade, or after a time without any: it
comes before the branch head as well, but nobody is called for it (kind `escalated_late`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from liuke.act.workorder import Escalate, advance
from liuke.govern.audit import AuditRecord
from liuke.state.audit import append
from liuke.state.load import order_of, put_order
from liuke.state.locks import sole_writer
from liuke.state.models import OrderEvent, WorkOrder

LONG: Final = timedelta(hours=24)
"""Overdue for longer: nothing new any more, open pages are not told."""
_BATCH = 200
"""Orders of one transaction: nobody else writes meanwhile, and each has an audit row of its own."""
_CHANGED = ["escalated_at", "version", "updated_at"]


def escalate_overdue(now: datetime, *, actor: str = "system") -> int:
    """Escalates every open order that is overdue at `now`, not yet contacted and not yet escalated; returns how many.

    A second call, or one beside this one, finds none of them.
    """
    total = 0
    while count := _escalate_batch(now, actor):
        total += count
    return total


def _escalate_batch(now: datetime, actor: str) -> int:
    with sole_writer("escalate_overdue"):
        overdue = WorkOrder.objects.open().filter(
            escalated_at__isnull=True, first_contact_at__isnull=True, due_at__lt=now
        )
        rows = list(overdue.select_for_update().order_by("due_at")[:_BATCH])
        for row in rows:
            changed, _ = advance(order_of(row), Escalate(), now)
            put_order(row, changed, now)
        WorkOrder.objects.bulk_update(rows, _CHANGED, batch_size=_BATCH)
        OrderEvent.objects.bulk_create(OrderEvent(order=row, at=now, actor=actor, kind=_kind(row, now)) for row in rows)
        for row in rows:
            data = {"customer_id": row.customer_id, "staff_id": row.staff_id, "due_at": row.due_at.isoformat()}
            append(AuditRecord(now, actor, "", "order_escalated", "order", row.order_id, data=data))
    return len(rows)


def _kind(row: WorkOrder, now: datetime) -> str:
    return "escalated" if now - row.due_at <= LONG else "escalated_late"
