"""Contacts logged on orders, as rows of the `contact` contract, for the daily run to carry into the lake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from liuke.state.load import message_class_of
from liuke.state.models import OrderEvent


def contacts_between(since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Contacts with since ≤ time < until, oldest first, streamed.

    The contact's id comes from the event's, so carrying the same contact twice gives the same row. The staff
    member is the log-in's; a log-in without one leaves it empty. A talk about an offer or a campaign of class marketing
    is marketing and counts for the caps; a care call is service.
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
            "message_class": event_class(event.data, event.order.reasons),
            "note": event.note or None,
        }


def event_class(data: Mapping[str, Any], reasons: Iterable[Mapping[str, Any]]) -> str:
    """The class of a contact's event; of one logged before events kept it, by the order's reasons of now."""
    return str(data.get("message_class") or message_class_of(reasons))
