"""What health is judged by, read once: no customer's data, counts and moments only."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q

from liuke.errors import LiukeError
from liuke.state.audit import newest
from liuke.state.models import AuditEntry, OutboxMessage, Run, StreamPartition, WorkOrder
from liuke.wiring import House
from liuke.wiring.anchors import anchors_of
from liuke.wiring.intake import intake_of

_DAY = timedelta(days=1)
_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """The platform at the aware moment `at`. Moments are aware, None where there is nothing to date.

    today: the bank's date. run_day: data date of the newest finished run; run_finished, run_seconds: of it. run_failed:
    the newest run failed. late_feeds: tables that run found late. events: received in the last day, None where the bank
    collects none; newest_event; workers: seconds that the oldest event waits for each, None while it is not at work.
    waiting: due messages, waiting_since of the oldest; sent, dead: ended in the last day. open_orders, late_orders: of
    those, whose first contact is overdue. stream_behind: messages that partitions of a shared stream have not read.
    audit_rows: of the audit log, the first at audit_first; anchored: when its newest anchor was made. disk_free: share
    of the disk that the bank home lies on.
    """

    at: datetime
    today: date
    run_day: date | None = None
    run_finished: datetime | None = None
    run_seconds: float = 0.0
    run_failed: bool = False
    late_feeds: tuple[str, ...] = ()
    events: int | None = None
    newest_event: datetime | None = None
    workers: Mapping[str, float | None] = field(default_factory=dict)
    waiting: int = 0
    waiting_since: datetime | None = None
    sent: int = 0
    dead: int = 0
    open_orders: int = 0
    late_orders: int = 0
    stream_behind: int = 0
    audit_rows: int = 0
    audit_first: datetime | None = None
    anchored: datetime | None = None
    anchors_unreadable: bool = False
    disk_free: float = 1.0


def health_facts(house: House, at: datetime) -> HealthFacts:
    """Reads the state database, the intake log and the disk. Raises Django's DatabaseError when the former is away."""
    disk = shutil.disk_usage(house.home)
    return HealthFacts(
        at=at,
        today=at.astimezone(house.zone).date(),
        disk_free=disk.free / disk.total,
        **_runs(),
        **_intake(house, at),
        **_messages(at),
        **_orders(at),
        **_audit(house),
    )


def _runs() -> dict[str, Any]:
    done = Run.objects.filter(status="done").order_by("-as_of", "-pk").first()
    newest = Run.objects.order_by("-started_at").values_list("status", flat=True).first()
    found: dict[str, Any] = {"run_failed": newest == "failed"}
    if done is not None:
        counts = done.counts
        found |= {"run_day": done.as_of, "run_finished": done.finished_at}
        found |= {"run_seconds": counts.get("seconds", 0.0), "late_feeds": tuple(counts.get("late_feeds", ()))}
    return found


def _intake(house: House, at: datetime) -> dict[str, Any]:
    status = intake_of(house)
    if status is None:
        return {}
    return {
        "events": sum(flow.day.events for flow in status.sources),
        "newest_event": None if status.newest is None else datetime.fromtimestamp(status.newest / _MICROS, UTC),
        "workers": {name: w.behind_us / _MICROS if w.alive else None for name, w in status.workers.items()},
    }


def _messages(at: datetime) -> dict[str, Any]:
    due = OutboxMessage.objects.filter(next_at__lte=at).aggregate(n=Count("id"), since=Min("next_at"))
    recent = OutboxMessage.objects.filter(state__in=("sent", "dead"), updated_at__gt=at - _DAY)
    over = dict(recent.values_list("state").annotate(n=Count("id")).order_by())
    return {
        "waiting": due["n"],
        "waiting_since": due["since"],
        "sent": over.get("sent", 0),
        "dead": over.get("dead", 0),
    }


def _orders(at: datetime) -> dict[str, Any]:
    late = Q(attempts=0, due_at__lt=at)
    counts = WorkOrder.objects.open().aggregate(open_orders=Count("pk"), late_orders=Count("pk", filter=late))
    behind = StreamPartition.objects.filter(read__isnull=False, end__isnull=False).values_list("read", "end")
    return {**counts, "stream_behind": sum(max(0, (end or 0) - (read or 0)) for read, end in behind)}


def _audit(house: House) -> dict[str, Any]:
    first = AuditEntry.objects.order_by("seq").values_list("at", flat=True).first()
    found = {"audit_rows": newest()[0], "audit_first": first}
    try:
        made = anchors_of(house)
    except LiukeError:
        return {**found, "anchors_unreadable": True}
    return {**found, "anchored": made[-1].at if made else None}
