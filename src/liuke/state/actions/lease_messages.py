"""A sender takes messages that are due, so that no other has them: until it settles them or its lease runs out.

Several processes share a queue. PostgreSQL: rows that another one is taking are skipped. SQLite: a transaction begins
with the only write lock, and nobody takes beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from liuke.act.outbox.delivery import Delivery, RetryTerms, cancel, lease, release, settle
from liuke.act.outbox.message import Message
from liuke.act.outbox.pace import PaceTerms, allowed, given_back, noted
from liuke.act.outbox.result import Result, Retry
from liuke.state.models import ChannelPace, OutboxMessage
from liuke.state.models.outbox import LATER, URGENT
from liuke.state.outbox_rows import DELIVERY_FIELDS, delivery_of, message_of, pace_of, put_delivery, put_pace


@dataclass(frozen=True, slots=True)
class Sending:
    """How one sender works on one channel. by: names the sender. most: messages taken at once. length: of a lease."""

    channel: str
    by: str
    most: int
    length: timedelta
    retry: RetryTerms
    pace: PaceTerms


@dataclass(frozen=True, slots=True)
class Untried:
    """A message that was not tried. until: when it may be; None: never, it is cancelled. reason: short."""

    reason: str
    until: datetime | None = None


def lease_messages(terms: Sending, now: datetime) -> list[Message]:
    """Takes what is due and what a dead sender left, as far as rate limit and circuit breaker let it go.

    Expired messages are cancelled on the way. Service messages come before marketing.
    """
    if not _due(terms.channel, now).exists():
        return []
    with transaction.atomic():
        pace = _pace(terms, now)
        rows = _take(terms, now, int(allowed(pace_of(pace), terms.pace, terms.most, now)[0]))
        taken = [row for row in rows if _leased(row, terms, now)]
        OutboxMessage.objects.bulk_update(rows, DELIVERY_FIELDS)
        if taken:
            put_pace(pace, allowed(pace_of(pace), terms.pace, len(taken), now)[1])
            pace.save()
    return [message_of(row) for row in taken]


def settle_messages(
    terms: Sending, results: Mapping[str, Result | Untried], now: datetime, jitter: Sequence[float]
) -> int:
    """Writes down what became of leased messages, by key and in the order in which they were tried; returns how many.

    Those whose lease was lost meanwhile are left to who has them now. jitter: one per result, uniform in [0, 1).
    """
    with transaction.atomic():
        pace = _pace(terms, now)
        held = OutboxMessage.objects.filter(key__in=list(results), state="sending", lease_by=terms.by)
        rows = {row.key: row for row in held.select_for_update()}
        for (key, result), spread in zip(results.items(), jitter, strict=True):
            if key in rows:
                row = rows[key]
                put_delivery(row, _after(delivery_of(row), result, terms.retry, now, spread, row.expires_at), now)
        OutboxMessage.objects.bulk_update(rows.values(), DELIVERY_FIELDS)
        _note(pace, list(results.values()), terms, now)
    return len(rows)


def _due(channel: str, now: datetime) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(channel=channel, rank__in=(URGENT, LATER), next_at__lte=now)


def _take(terms: Sending, now: datetime, most: int) -> list[OutboxMessage]:
    """Rows of the index outbox_due: for each rank those that are due, longest due first."""
    found: list[OutboxMessage] = []
    for rank in (URGENT, LATER):
        due = OutboxMessage.objects.filter(channel=terms.channel, rank=rank, next_at__lte=now)
        found += due.order_by("next_at", "id").select_for_update(skip_locked=True)[: most - len(found)]
        if len(found) >= most:
            break
    return found


def _leased(row: OutboxMessage, terms: Sending, now: datetime) -> bool:
    delivery = delivery_of(row)
    if row.expires_at is not None and now >= row.expires_at and delivery.state != "sending":
        put_delivery(row, cancel(delivery, "expired"), now)
        return False
    put_delivery(row, lease(delivery, terms.by, now, terms.length, terms.retry), now)
    return row.state == "sending"


def _after(
    delivery: Delivery, result: Result | Untried, terms: RetryTerms, now: datetime, spread: float,
    expires_at: datetime | None,
) -> Delivery:  # fmt: skip
    if not isinstance(result, Untried):
        return settle(delivery, result, terms, now, spread, expires_at)
    if result.until is None or (expires_at is not None and result.until >= expires_at):
        return cancel(delivery, result.reason if result.until is None else "expired")
    return release(delivery, result.until, result.reason)


def _pace(terms: Sending, now: datetime) -> ChannelPace:
    begun = {"tokens": float(terms.pace.burst), "at": now}
    row, _ = ChannelPace.objects.select_for_update().get_or_create(channel=terms.channel, defaults=begun)
    return row


def _note(row: ChannelPace, results: Sequence[Result | Untried], terms: Sending, now: datetime) -> None:
    tried = [r for r in results if not isinstance(r, Untried)]
    down = [isinstance(r, Retry) and r.down for r in tried]
    last_answer = max((n for n, failed in enumerate(down) if not failed), default=-1)
    pace = given_back(pace_of(row), len(results) - len(tried))
    if tried:
        pace = noted(pace, terms.pace, answered=last_answer + 1, failed=len(down) - last_answer - 1, now=now)
        last = tried[-1]
        row.trouble = last.code if isinstance(last, Retry) and last.down else ""
        row.answered_at = now if last_answer >= 0 else row.answered_at
    put_pace(row, pace)
    row.save()
