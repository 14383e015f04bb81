"""Decisions made within the day go into the lake's decision table, where measurement reads them; each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import QuerySet

from liuke.state.locks import sole_writer
from liuke.state.models import DecisionBatch, TriggerMatch

Append: TypeAlias = Callable[[Sequence[Mapping[str, Any]], str], None]
"""(DECISION rows as JSON, commit id): appends them; a second time with the same id it does nothing."""
_MOST = 20_000


def carry_decisions(append: Append, *, now: datetime) -> int:
    """Hands waiting decisions to `append`, in batches numbered before; returns how many.

    A batch whose append may or may not have happened before a crash is handed over again under its own number.
    """
    carried = 0
    for number in (*_unfinished(), *_numbered(now)):
        rows = list(TriggerMatch.objects.filter(batch=number).order_by("id").values_list("decision", flat=True))
        append([row for row in rows if row is not None], f"trigger:{number}")
        DecisionBatch.objects.filter(pk=number).update(done_at=now)
        carried += len(rows)
    return carried


def waiting() -> int:
    """Decisions that are not in a batch yet."""
    return _waiting().count()


def _waiting() -> QuerySet[TriggerMatch]:
    return TriggerMatch.objects.filter(batch__isnull=True, decision__isnull=False)


def _unfinished() -> list[int]:
    return list(DecisionBatch.objects.filter(done_at__isnull=True).order_by("pk").values_list("pk", flat=True))


def _numbered(now: datetime) -> list[int]:
    """Puts what waits into one new batch."""
    with sole_writer("carry_decisions"):
        ids = _waiting()
        found = list(ids.order_by("id").values_list("id", flat=True)[:_MOST])
        if not found:
            return []
        batch = DecisionBatch.objects.create(created_at=now)
        ids.filter(id__lte=found[-1]).update(batch=batch.pk)
    return [batch.pk]
