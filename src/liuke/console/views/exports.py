"""导出复核: long lists that wait for a second person, and what became of others."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.labels import CHANGE_STAGES
from liuke.console.posted import version_shown, words
from liuke.errors import LiukeError
from liuke.govern.access import may
from liuke.state.actions.change_order import Stale
from liuke.state.actions.long_export import decide_long_export
from liuke.state.actions.whole_bank import has_rights
from liuke.state.models import LongExport

_OVER: Final = 25
"""Decided ones shown."""
_STEPS: Final = ("approve", "refuse")


@require_GET
@guarded("approve_exports")
def board(request: HttpRequest) -> HttpResponse:
    """Those that wait, then the newest others."""
    return _shown(request)


@require_POST
@guarded("approve_exports")
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Approve or refuse; what stands against it is told on the page."""
    if name not in _STEPS or not LongExport.objects.filter(pk=pk).exists():
        raise Http404
    try:
        decide_long_export(who_of(request), pk, name, version_shown(request), words(request, "reason"))
    except Stale:
        return _shown(request, stale=True, status=409)
    except LiukeError as error:
        return _shown(request, mistake=error, status=422)
    return redirect("exports")


def _shown(
    request: HttpRequest, *, mistake: LiukeError | None = None, stale: bool = False, status: int = 200
) -> HttpResponse:
    scope = scope_of(request)
    rows = LongExport.objects.order_by("-changed_at")
    context = {
        "waiting": rows.filter(stage="proposed"),
        "over": rows.exclude(stage="proposed")[:_OVER],
        "stages": CHANGE_STAGES,
        "decides": has_rights(scope, "approve_exports"),
        "me": scope.actor,
        "mistake": mistake,
        "stale": stale,
        "sees_log": may(scope.role, "see_audit"),
    }
    here = "compliance" if context["sees_log"] else "exports"
    return page(request, "console/exports.html", here, context, status=status)
