"""Steps recorded here go on the stream, where rules, lake and journeys take them like any app's; each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeAlias, cast

from django.db.models import QuerySet

from liuke.act.progress.application import EventName, Status, Step, event_of
from liuke.collect.tracking.event import TrackedEvent
from liuke.state.locks import sole_writer
from liuke.state.models import ApplicationStep, LakeBatch

Append: TypeAlias = Callable[[Sequence[TrackedEvent], int], None]
"""(events, number of the batch): appends them to the intake log; a second time with the same number it does nothing."""
KIND: Final = "step"
_MOST: Final = 2_000


def carry_steps(append: Append, *, now: datetime) -> int:
    """Hands what waits to `append`, in batches numbered before; returns how many steps.

    A batch whose append may or may not have happened before a crash is handed over again under its own number. Batches
    go one after the other in the order of their numbers, whoever numbered them.
    """
    if not (_number(now) or _unfinished().exists()):
        return 0
    carried = 0
    with sole_writer("carry_steps"):
        for number in list(_unfinished().order_by("pk").values_list("pk", flat=True)):
            rows = ApplicationStep.objects.filter(batch=number).select_related("application").order_by("id")
            events = [_event(row) for row in rows]
            append(events, number)
            LakeBatch.objects.filter(pk=number).update(done_at=now)
            carried += len(events)
    return carried


def _number(now: datetime) -> bool:
    """Puts what waits into a batch; whether there was anything."""
    waiting = ApplicationStep.objects.filter(batch__isnull=True)
    if not waiting.exists():
        return False
    with sole_writer("number_steps"):
        found = list(waiting.order_by("id").values_list("id", flat=True)[:_MOST])
        if found:
            batch = LakeBatch.objects.create(kind=KIND, created_at=now)
            waiting.filter(id__in=found).update(batch=batch.pk)
    return bool(found)


def _unfinished() -> QuerySet[LakeBatch]:
    return LakeBatch.objects.filter(kind=KIND, done_at__isnull=True)


def _event(row: ApplicationStep) -> TrackedEvent:
    owner = row.application
    name, status = cast(EventName, row.name), cast(Status, row.status)
    told = status if name == "application_status" else None
    step = Step(row.event_id, name, row.at, row.channel, row.stage, tuple(row.fields), told)
    return event_of(step, owner.application_id, owner.journey, owner.customer_id, row.received_at)
