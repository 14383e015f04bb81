"""The day's worklist in words: who, why, for whose desk. What `liuke run` shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from liuke.govern.masking import mask_value
from liuke.insight.churn.reasons import Reason
from liuke.state.models import WorkOrder


@dataclass(frozen=True, slots=True)
class Line:
    """One open order as a line: masked name, desk, due time (UTC), assets, reasons loudest first."""

    order_id: str
    priority: int
    customer_id: str
    customer: str
    staff_id: str | None
    due_at: datetime
    aum: Decimal
    reasons: tuple[Reason, ...]


def worklist(day: date, limit: int) -> list[Line]:
    """The first `limit` orders opened for `day`, most urgent first."""
    rows = WorkOrder.objects.filter(as_of=day).order_by("priority", "-score", "order_id")[:limit]
    return [
        Line(
            row.order_id,
            row.priority,
            row.customer_id,
            mask_value(row.customer_name, "name"),
            row.staff_id,
            row.due_at,
            row.aum,
            tuple(_reason(record) for record in row.reasons),
        )
        for row in rows
    ]


def _reason(record: Mapping[str, Any]) -> Reason:
    return Reason(record["code"], record["severity"], tuple(record["numbers"].items()))
