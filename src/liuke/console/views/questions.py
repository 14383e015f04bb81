"""分析: the page of each kind of question, and its tables as files."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import guarded
from liuke.console.questions.asking_page import QuestionPage, built, filed
from liuke.console.questions.frame import in_turn, left
from liuke.console.questions.kinds import KINDS


@require_GET
@guarded("see_behaviour")
@in_turn
def builder(request: HttpRequest, kind: str) -> HttpResponse:
    """The page of a kind, or the part of it that is asked for."""
    return built(request, _page(kind))


@require_POST
@guarded("see_behaviour")
def leave(request: HttpRequest) -> HttpResponse:
    """The page was left: its running question stops."""
    left(request, request.POST.get("page", ""))
    return HttpResponse(status=204)


@require_POST
@guarded("export")
def export(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Its tables as a file; of a picture only the record."""
    return filed(request, _page(kind), form)


def _page(kind: str) -> QuestionPage:
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]
