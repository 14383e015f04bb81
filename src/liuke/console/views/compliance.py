"""The audit log: who looked at what and did what, whether the chain is whole, and rows for an auditor."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.console import labels
from liuke.console.acting import guarded, page, trouble, who_of
from liuke.console.paging import place_of
from liuke.console.reading import house
from liuke.console.whole_number import whole
from liuke.errors import YourMistake
from liuke.state.actions.export_audit import AuditExport, export_audit
from liuke.state.actions.record import record_check
from liuke.state.audit_list import AuditFilter, audit_page
from liuke.wiring.anchors import check_audit

SIZE: Final = 25


@require_GET
@guarded("see_audit")
def log(request: HttpRequest) -> HttpResponse:
    """A page of the log, newest first."""
    wanted, number = _wanted(request.GET), whole(request.GET.get("page"))
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
    """Holds the whole log against its chain and its anchors, and says what was found."""
    try:
        verdict = check_audit(house())
    except YourMistake as mistake:
        return render(request, "console/parts/chain.html", {"mistake": mistake})
    record_check(who_of(request), verdict.failure or "", verdict.rows)
    return render(request, "console/parts/chain.html", {"verdict": verdict, "at": timezone.now()})


@require_POST
@guarded("see_audit")
def export(request: HttpRequest) -> HttpResponse:
    """The rows that the page's filters name, as a file; the reason stands in the log before it is sent."""
    form = request.POST.get("form", "")
    asked = AuditExport(_wanted(request.POST), form, request.POST.get("reason", "")[:200])
    with tempfile.TemporaryDirectory(prefix="liuke-export-") as folder:
        path = Path(folder) / "audit"
        try:
            export_audit(who_of(request), asked, path)
        except YourMistake:
            return trouble(request, 422, _("导出需要理由"), _("请返回，用至少四个字写明导出的用途。没有生成文件。"))
        handle = path.open("rb")  # stays readable after the folder is gone, and no copy stays behind
    answer = FileResponse(handle, as_attachment=True, filename=f"audit-{timezone.localdate()}.{form}")
    return cast(HttpResponse, answer)


def _wanted(asked: Mapping[str, str]) -> AuditFilter:
    return AuditFilter(
        actor=asked.get("actor", "").strip()[:150],
        action=asked.get("action", "")[:32],
        object_id=asked.get("object", "").strip()[:64],
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )


def _day(text: str) -> date | None:
    """The day in the address; None for what is none, and for years at the calendar's ends, where sums overflow."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min.year < day.year < date.max.year else None
