"""A call-back promised to a customer is due: its desk is reminded, once for each promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef

from liuke.state.locks import sole_writer
from liuke.state.models import OrderEvent, WorkOrder

LATE: Final = timedelta(hours=1)
"""Promises missed for longer are not called out; they stand first in today's list."""
_BATCH: Final = 500


def remind_promises(now: datetime, *, actor: str = "system") -> int:
    """Writes a `reminder` event for every promise that fell due within the last hour and has none; returns how many."""
    told = OrderEvent.objects.filter(order=OuterRef("pk"), kind="reminder", at__gte=OuterRef("next_contact_at"))
    with sole_writer("remind_promises"):
        due = WorkOrder.objects.open().filter(next_contact_at__lte=now, next_contact_at__gt=now - LATE)
        rows = list(due.exclude(Exists(told)).order_by("next_contact_at", "id")[:_BATCH])
        OrderEvent.objects.bulk_create(OrderEvent(order=row, at=now, actor=actor, kind="reminder") for row in rows)
    return len(rows)
