"""What providers and customers say back becomes receipts, refusals and the messages' own state; each once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from liuke.act.outbox.channel import Receipt
from liuke.act.outbox.message import CONSENT_CHANNEL, Medium
from liuke.state.models import ChannelRefusal, OutboxMessage, OutboxReceipt

_RANK: Final = {"": 0, "undelivered": 1, "delivered": 2, "opened": 3, "clicked": 4}
"""Receipts arrive in any order: the furthest stands."""
ANSWERS: Final = timedelta(days=7)
"""A reply so long after a message is not an answer to it."""
_ARRIVED: Final = ("delivered", "opened", "clicked")


@dataclass(frozen=True, slots=True)
class Came:
    """How receipts came. hash_of: the keyed digest of an address. owners: customers who have it, as the lake knows."""

    channel: str
    medium: Medium | None
    hash_of: Callable[[str], str]
    owners: Callable[[str], Collection[str]]


@dataclass(frozen=True, slots=True)
class Noted:
    """Receipts and refusals that were new, and receipts that belong to no message of the channel."""

    receipts: int = 0
    refusals: int = 0
    unknown: int = 0


def take_receipts(receipts: Sequence[Receipt], came: Came, *, now: datetime) -> Noted:
    """Stores them. A receipt that tells of arrival also ends a message whose sending was unsure: it is sent.

    For the receiving program only: the provider's signature was checked before.
    """
    told = refused = unknown = 0
    for receipt in receipts:
        if receipt.address:
            noted, new = _refuse_address(receipt, came, now)
            told, refused = told + noted, refused + new
            continue
        with transaction.atomic():
            row = _message(receipt, came.channel)
            if row is None:
                unknown += 1
                continue
            told += _note(row, receipt, now)
            if receipt.kind == "refused" and came.medium and row.customer_id:
                refused += _refuse([row.customer_id], "", receipt, came)
    return Noted(told, refused, unknown)


def _message(receipt: Receipt, channel: str) -> OutboxMessage | None:
    rows = OutboxMessage.objects.select_for_update().filter(channel=channel)
    if receipt.key:
        return rows.filter(key=receipt.key).first()
    return rows.filter(provider_id=receipt.provider_id).first() if receipt.provider_id else None


def _note(row: OutboxMessage, receipt: Receipt, now: datetime) -> int:
    given = {"at": receipt.at, "received_at": now, "code": receipt.code}
    _, new = OutboxReceipt.objects.get_or_create(message=row, kind=receipt.kind, defaults=given)
    if _RANK.get(receipt.kind, 0) > _RANK[row.receipt]:
        row.receipt, row.receipt_at = receipt.kind, receipt.at
    if receipt.kind in _ARRIVED and row.state in ("sending", "failed", "dead"):
        row.state, row.next_at, row.lease_by, row.reason = "sent", None, "", ""
        row.sent_at = row.sent_at or receipt.at
    row.updated_at = now
    row.save()
    return int(new)


def _refuse_address(receipt: Receipt, came: Came, now: datetime) -> tuple[int, int]:
    """For everybody who has the address, and for the address itself; receipts and refusals that are new."""
    if came.medium is None or receipt.kind != "refused":
        return 0, 0
    owners = list(came.owners(receipt.address))
    refused = _refuse(["", *owners], came.hash_of(receipt.address), receipt, came)
    return _answer(owners, receipt, came, now) if refused else 0, refused


def _answer(owners: Collection[str], receipt: Receipt, came: Came, now: datetime) -> int:
    """A reply names no message: it answers the last that went to anybody with the address over the channel, and is
    counted there, if that is not long ago.
    """
    with transaction.atomic():
        sent = OutboxMessage.objects.select_for_update().filter(channel=came.channel, customer_id__in=owners)
        row = sent.filter(sent_at__gt=receipt.at - ANSWERS, sent_at__lte=receipt.at).order_by("-sent_at", "-id").first()
        return _note(row, receipt, now) if row else 0


def _refuse(customers: Iterable[str], digest: str, receipt: Receipt, came: Came) -> int:
    medium = CONSENT_CHANNEL[came.medium] if came.medium else ""
    new = 0
    for customer in customers:
        given = {"at": receipt.at, "channel": came.channel}
        key = {"medium": medium, "customer_id": customer, "address_hash": "" if customer else digest}
        _, made = ChannelRefusal.objects.get_or_create(**key, defaults=given)
        new += made
    return new
