"""Codes whose time is over are forgotten, and so are wrong tries of long ago."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from liuke.govern.audit import AuditRecord
from liuke.state.audit import append
from liuke.state.locks import sole_writer
from liuke.state.models import Application, GuessGuard

_BATCH: Final = 1000
_KEPT: Final = timedelta(days=1)


def expire_codes(now: datetime) -> int:
    """Forgets the digests of codes that have run out; returns how many. A second call finds none.

    They open nothing any more in any case; what is not kept cannot be tried either.
    """
    GuessGuard.objects.filter(until__lte=now - _KEPT, at__lte=now - _KEPT).delete()
    due = Application.objects.filter(code_hash__isnull=False, expires_at__lte=now)
    if not due.exists():
        return 0
    with sole_writer("expire_codes"):
        found = list(due.order_by("expires_at").values_list("pk", flat=True)[:_BATCH])
        count = Application.objects.filter(pk__in=found).update(code_hash=None, phone_hash="")
        append(AuditRecord(now, "system", "", "progress_expired", "application", data={"expired": count}))
    return count
