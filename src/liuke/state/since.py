"""What the state database knows of one customer's contacts that the lake does not yet: for a question asked now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from liuke.state.contacts import event_class
from liuke.state.models import ChannelRefusal, OrderEvent, OutboxMessage


def contacts_since(customer_id: str, since: datetime, channels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Contacts logged on orders, messages sent and refusals received, as gates ask about them (one_customer.FRESH).

    channels: of the contract, by the name of the sending channel. A refusal counts as a contact that was refused.
    """
    if not _anything(customer_id, since):
        return []
    events = OrderEvent.objects.filter(order__customer_id=customer_id, kind="contact", at__gte=since)
    logged = [
        _row(customer_id, channel, result, event_class(data, reasons), loop_id, at)
        for channel, result, data, reasons, loop_id, at in events.values_list(
            "channel", "result", "data", "order__reasons", "order__loop_id", "at"
        )
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


def customers_since(since: datetime) -> set[str]:
    """Of whom there is anything since then."""
    events = OrderEvent.objects.filter(kind="contact", at__gte=since).values_list("order__customer_id", flat=True)
    sent = OutboxMessage.objects.filter(sent_at__gte=since, owner="customer").values_list("customer_id", flat=True)
    refused = ChannelRefusal.objects.filter(at__gte=since).values_list("customer_id", flat=True)
    return {who for found in (events, sent, refused) for who in found if who}


_ANYTHING: Final = """
SELECT 1 FROM state_channelrefusal WHERE customer_id = %s AND at >= %s
UNION ALL SELECT 1 FROM state_outboxmessage WHERE customer_id = %s AND sent_at >= %s
UNION ALL SELECT 1 FROM state_orderevent e JOIN state_workorder o ON o.id = e.order_id
  WHERE o.customer_id = %s AND e.at >= %s
LIMIT 1
"""


def _anything(customer_id: str, since: datetime) -> bool:
    """One query for what is nearly always nothing."""
    moment = connection.ops.adapt_datetimefield_value(since)
    with connection.cursor() as cursor:
        cursor.execute(_ANYTHING, [customer_id, moment] * 3)
        return cursor.fetchone() is not None


def _row(
    customer_id: str, channel: str, result: str, message_class: str, loop_id: str | None, at: datetime
) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "channel": channel, "result": result, "message_class": message_class,
        "loop_id": loop_id, "business_date": timezone.localdate(at),
    }  # fmt: skip
