"""The audit log: who looked at what and did what, and whether the chain is whole."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from liuke.console import labels
from liuke.console.acting import guarded, page
from liuke.console.paging import place_of
from liuke.console.reading.audit_log import AuditFilter, audit_page
from liuke.console.whole_number import whole
from liuke.state.audit import verify
from liuke.state.models import AuditEntry

SIZE: Final = 25


@require_GET
@guarded("see_audit")
def log(request: HttpRequest) -> HttpResponse:
    """A page of the log, newest first."""
    asked = request.GET
    wanted = AuditFilter(
        actor=asked.get("actor", "").strip()[:150],
        action=asked.get("action", "")[:32],
        object_id=asked.get("object", "").strip()[:64],
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )
    number = whole(asked.get("page"))
    rows, more = audit_page(wanted, number, SIZE)
    context = {
        "wanted": wanted,
        "rows": rows,
        "action_labels": labels.AUDIT_ACTIONS,
        "role_labels": labels.ROLES,
        **place_of(number, SIZE, len(rows), more=more),
    }
    return page(request, "console/compliance.html", "compliance", context)


@require_POST
@guarded("see_audit")
def check(request: HttpRequest) -> HttpResponse:
    """Verifies the whole chain and says what was found."""
    broken = verify()
    newest = AuditEntry.objects.order_by("-seq").first()
    context = {"broken": broken, "newest": newest, "at": timezone.now()}
    return render(request, "console/parts/chain.html", context)


def _day(text: str) -> date | None:
    """The day in the address; None for what is none, and for years at the calendar's ends, where sums overflow."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min.year < day.year < date.max.year else None
