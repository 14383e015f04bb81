"""What the state database knows of one customer's contacts that the lake does not yet: for a question asked now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from liuke.state.models import ChannelRefusal, OrderEvent, OutboxMessage


def contacts_since(customer_id: str, since: datetime, channels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Contacts logged on orders, messages sent and refusals received, as gates ask about them (one_customer.FRESH).

    channels: of the contract, by the name of the sending channel. A refusal counts as a contact that was refused.
    """
    events = OrderEvent.objects.filter(order__customer_id=customer_id, kind="contact", at__gte=since)
    logged = [
        _row(customer_id, channel, result, "service", loop_id, at)
        for channel, result, loop_id, at in events.values_list("channel", "result", "order__loop_id", "at")
    ]
    sent = OutboxMessage.objects.filter(customer_id=customer_id, sent_at__gte=since, owner="customer")
    messages = [
        _row(customer_id, channels[name], "reached", message_class, loop_id or None, at)
        for name, message_class, loop_id, at in sent.values_list("channel", "message_class", "loop_id", "sent_at")
        if name in channels and at
    ]
    refusals = ChannelRefusal.objects.filter(customer_id=customer_id, at__gte=since).values_list("medium", "at")
    refused = [_row(customer_id, medium, "refused", "marketing", None, at) for medium, at in refusals]
    return logged + messages + refused


def _row(
    customer_id: str, channel: str, result: str, message_class: str, loop_id: str | None, at: datetime
) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "channel": channel, "result": result, "message_class": message_class,
        "loop_id": loop_id, "business_date": timezone.localdate(at),
    }  # fmt: skip
