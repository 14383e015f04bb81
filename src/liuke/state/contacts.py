"""Contacts logged on orders, as rows of the `contact` contract, for the daily run to carry into the lake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from liuke.state.models import OrderEvent


def contacts_between(since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Contacts with since ≤ time < until, oldest first, streamed.

    The contact's id comes from the event's, so carrying the same contact twice gives the same row. The staff
    member is the log-in's; a log-in without one leaves it empty.
    """
    events = OrderEvent.objects.filter(kind="contact", at__gte=since, at__lt=until).order_by("at", "id")
    for event in events.select_related("order").iterator(chunk_size=2000):
        yield {
            "contact_id": f"OE{event.pk}",
            "customer_id": event.order.customer_id,
            "staff_id": event.data.get("staff_id"),
            "occurred_at": event.at,
            "channel": event.channel,
            "result": event.result,
            "loop_id": event.order.loop_id,
            "message_class": "service",  # a care call: an order carries no offer
            "note": event.note or None,
        }
