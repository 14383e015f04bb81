"""Receipts and refusals go into the lake, where measurement and gates read them; each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from django.db.models import Model, QuerySet

from liuke.state.locks import sole_writer
from liuke.state.models import ChannelRefusal, LakeBatch, OutboxReceipt

Kind = Literal["receipt", "refusal"]
Append: TypeAlias = Callable[[Sequence[Mapping[str, Any]], str], None]
"""(rows, commit id): appends them to the lake; a second time with the same id it does nothing."""
_MOST: Final = 20_000
_RECEIPT: Final = (
    "id", "kind", "at", "code", "received_at", "message__key", "message__channel", "message__customer_id",
    "message__loop_id", "message__offer_id",
)  # fmt: skip
_REFUSAL: Final = ("id", "medium", "customer_id", "at", "channel")


def carry(kind: Kind, append: Append, *, now: datetime) -> int:
    """Hands what waits to `append`, in batches numbered before; returns how many rows.

    A batch whose append may or may not have happened before a crash is handed over again under its own number.
    """
    carried = 0
    for number in (*_unfinished(kind), *_numbered(kind, now)):
        rows = list(_of(kind).filter(batch=number).order_by("id").values(*_columns(kind)))
        append(rows, f"outbox:{kind}:{number}")
        LakeBatch.objects.filter(pk=number).update(done_at=now)
        carried += len(rows)
    return carried


def _of(kind: Kind) -> QuerySet[Any]:
    model: type[Model] = OutboxReceipt if kind == "receipt" else ChannelRefusal
    return model._default_manager.all()


def _columns(kind: Kind) -> tuple[str, ...]:
    return _RECEIPT if kind == "receipt" else _REFUSAL


def _unfinished(kind: Kind) -> list[int]:
    open_ = LakeBatch.objects.filter(kind=kind, done_at__isnull=True)
    return list(open_.order_by("pk").values_list("pk", flat=True))


def _numbered(kind: Kind, now: datetime) -> list[int]:
    waiting = _of(kind).filter(batch__isnull=True)
    if kind == "refusal":
        waiting = waiting.exclude(customer_id="")
    if not waiting.exists():
        return []
    with sole_writer("carry_messages"):
        found = list(waiting.order_by("id").values_list("id", flat=True)[:_MOST])
        if not found:
            return []
        batch = LakeBatch.objects.create(kind=kind, created_at=now)
        waiting.filter(id__lte=found[-1]).update(batch=batch.pk)
    return [batch.pk]
