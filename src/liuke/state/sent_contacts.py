"""Messages that were sent, as rows of the `contact` contract, for the daily run to carry into the lake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from liuke.state.models import OutboxMessage


def messages_between(since: datetime, until: datetime, channels: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Messages to customers sent since ≤ time < until, oldest first, streamed.

    channels: of the contract, by the channel's name; messages over others (orders, requests to systems) are no
    contacts. A message counts as reached unless a receipt told that it did not arrive. No member of staff wrote it.
    """
    rows = OutboxMessage.objects.filter(
        sent_at__gte=since, sent_at__lt=until, owner="customer", channel__in=list(channels)
    )
    for row in rows.order_by("sent_at", "id").iterator(chunk_size=2000):
        yield {
            "contact_id": f"OM{row.pk}",
            "customer_id": row.customer_id,
            "staff_id": None,
            "occurred_at": row.sent_at,
            "channel": channels[row.channel],
            "result": "not_reached" if row.receipt == "undelivered" else "reached",
            "loop_id": row.loop_id or None,
            "note": None,
            "message_class": row.message_class,
        }
