"""Messages enter the outbox in the transaction of what causes them: with the decision or the order, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import transaction

from liuke.act.outbox.message import Message
from liuke.state.models import OutboxMessage
from liuke.state.outbox_rows import row_of

_BATCH: Final = 2000


def queue_messages(messages: Iterable[Message], *, now: datetime) -> int:
    """Queues those whose key is not known yet, whatever became of it since; returns how many.

    To be called inside the transaction that writes the decision or order. For runs and the stream, not for people.
    """
    queued, rest = 0, iter(messages)
    while batch := list(islice(rest, _BATCH)):
        with transaction.atomic():
            queued += _queue(batch, now)
    return queued


def _queue(batch: list[Message], now: datetime) -> int:
    first = {message.key: message for message in reversed(batch)}
    known = set(OutboxMessage.objects.filter(key__in=list(first)).values_list("key", flat=True))
    rows = [row_of(first[key], now) for key in dict.fromkeys(m.key for m in batch) if key not in known]
    # Another process may queue the same meanwhile: its rows stand.
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
