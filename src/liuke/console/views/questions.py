"""分析 · 路径 and 分布: each kind's page, and its tables as files."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import guarded
from liuke.console.questions import paths_page, rhythm_page
from liuke.console.questions.asking_page import QuestionPage, built, filed
from liuke.console.questions.frame import in_turn

_PAGES: Final[dict[str, QuestionPage]] = {page.kind: page for page in (paths_page.PAGE, rhythm_page.PAGE)}


@require_GET
@guarded("see_behaviour")
@in_turn
def builder(request: HttpRequest, kind: str) -> HttpResponse:
    """The page of a kind, or the part of it that is asked for."""
    return built(request, _page(kind))


@require_POST
@guarded("export")
def export(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Its tables as a file; of a picture only the record."""
    return filed(request, _page(kind), form)


def _page(kind: str) -> QuestionPage:
    if kind not in _PAGES:
        raise Http404
    return _PAGES[kind]
