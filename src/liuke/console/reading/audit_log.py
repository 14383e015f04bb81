"""Pages of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from liuke.state.models import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for. Empty strings and None do not filter; days are the bank's, both included."""

    actor: str = ""
    action: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None


def audit_page(wanted: AuditFilter, number: int, size: int) -> tuple[list[AuditEntry], bool]:
    """The page's rows, newest first, and whether there are more. No count: the log grows without end."""
    rows = AuditEntry.objects.order_by("-seq")
    exact = {"actor": wanted.actor, "action": wanted.action, "object_id": wanted.object_id}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    found = list(rows[(number - 1) * size : number * size + 1])
    return found[:size], len(found) > size


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())
