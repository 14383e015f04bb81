"""Rows ↔ frozen values of the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

from liuke.act.outbox.delivery import Delivery, State
from liuke.act.outbox.message import Message, MessageClass, Owner
from liuke.act.outbox.pace import Pace
from liuke.state.models import ChannelPace, OutboxMessage
from liuke.state.models.outbox import LATER, URGENT

DELIVERY_FIELDS: Final = (
    "state", "next_at", "attempts", "strikes", "lease_by", "reason", "provider_id", "sent_at", "updated_at",
)  # fmt: skip
"""Columns that `put_delivery` writes."""
_REASON: Final = 64
_PROVIDER: Final = 128
_TITLE: Final = 200


def row_of(message: Message, now: datetime) -> OutboxMessage:
    """A new, unsaved row, due when the message is."""
    return OutboxMessage(
        key=message.key,
        channel=message.channel,
        owner=message.owner,
        owner_id=message.owner_id,
        loop_id=message.loop_id,
        step=message.step,
        campaign=message.campaign,
        customer_id=message.customer_id,
        branch_id=message.branch_id,
        staff_id=message.staff_id,
        message_class=message.message_class,
        rank=URGENT if message.message_class == "service" else LATER,
        purpose=message.purpose,
        offer_id=message.offer_id,
        title=message.title[:_TITLE],
        text=message.text,
        data=dict(message.data),
        queued_at=now,
        due_at=message.due_at,
        expires_at=message.expires_at,
        state="queued",
        next_at=message.due_at,
        updated_at=now,
    )


def message_of(row: OutboxMessage) -> Message:
    """The message as a value."""
    return Message(
        key=row.key,
        channel=row.channel,
        owner=cast(Owner, row.owner),
        owner_id=row.owner_id,
        text=row.text,
        message_class=cast(MessageClass, row.message_class),
        due_at=row.due_at,
        loop_id=row.loop_id,
        step=row.step,
        campaign=row.campaign,
        customer_id=row.customer_id,
        branch_id=row.branch_id,
        staff_id=row.staff_id,
        purpose=row.purpose,
        offer_id=row.offer_id,
        title=row.title,
        data=row.data,
        expires_at=row.expires_at,
    )


def delivery_of(row: OutboxMessage) -> Delivery:
    """Where the message stands."""
    return Delivery(
        state=cast(State, row.state),
        next_at=row.next_at,
        attempts=row.attempts,
        strikes=row.strikes,
        lease_by=row.lease_by,
        reason=row.reason,
        provider_id=row.provider_id,
        sent_at=row.sent_at,
    )


def put_delivery(row: OutboxMessage, delivery: Delivery, now: datetime) -> None:
    """Writes DELIVERY_FIELDS into the row (not saved)."""
    row.state = delivery.state
    row.next_at = delivery.next_at
    row.attempts = delivery.attempts
    row.strikes = delivery.strikes
    row.lease_by = delivery.lease_by
    row.reason = delivery.reason[:_REASON]
    row.provider_id = delivery.provider_id[:_PROVIDER]
    row.sent_at = delivery.sent_at
    row.updated_at = now


def pace_of(row: ChannelPace) -> Pace:
    """The channel's bucket and breaker."""
    return Pace(row.tokens, row.at, row.failures, row.closed_until)


def put_pace(row: ChannelPace, pace: Pace) -> None:
    """Writes them into the row (not saved)."""
    row.tokens, row.at, row.failures, row.closed_until = pace.tokens, pace.at, pace.failures, pace.closed_until
