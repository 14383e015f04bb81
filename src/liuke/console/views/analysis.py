"""分析: kept questions of one's own and shared ones; opened they are asked of the opener's own customers."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.console import mistakes
from liuke.console.acting import guarded, page, scope_of, trouble, who_of
from liuke.console.paging import place_of
from liuke.console.posted import version_shown
from liuke.console.questions.fields import of_query, of_text
from liuke.console.questions.kinds import KINDS
from liuke.console.questions.tabs import ABOUT, TABS
from liuke.console.reading.rule_bench import people
from liuke.console.whole_number import whole
from liuke.errors import YourMistake
from liuke.state.actions.keep_view import ViewWish, change_view, copy_view, drop_view, save_view, views_for
from liuke.state.models import AnalysisView, AnalysisViewVersion

_PAGE: Final = 50
_OLDER: Final = 20


@require_GET
@guarded("see_behaviour")
def listing(request: HttpRequest) -> HttpResponse:
    """The own kept questions and those shared, newest first, and how to begin a new one."""
    scope, number = scope_of(request), max(1, whole(request.GET.get("page")))
    found = views_for(scope).filter(kind__in=TABS)
    whose = request.GET.get("whose", "")
    if whose == "mine":
        found = found.filter(owner=scope.actor)
    total = found.count()
    rows = list(found.prefetch_related("versions")[(number - 1) * _PAGE : number * _PAGE])
    owners = people(row.owner for row in rows)
    context = {
        "rows": [(row, *TABS[row.kind], owners[row.owner], row.owner == scope.actor, _older(row)) for row in rows],
        "starts": [(f"analysis_{kind}", icon, label, ABOUT[kind]) for kind, (icon, label) in TABS.items()],
        "whose": whose,
        **place_of(number, _PAGE, len(rows), total),
    }  # fmt: skip
    return page(request, "console/analysis.html", "analysis", context)


@require_GET
@guarded("see_behaviour")
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a kept question, or of an older version of it, asked anew of the opener's own customers."""
    view = views_for(scope_of(request)).filter(pk=pk).first()
    if view is None or view.kind not in KINDS:
        raise Http404
    if "version" not in request.GET:
        return HttpResponseRedirect(_address(view))
    old = view.versions.filter(version=whole(request.GET["version"])).first()
    if old is None:
        raise Http404
    return HttpResponseRedirect(_address(view, old.text))


@require_POST
@guarded("see_behaviour")
def save(request: HttpRequest, kind: str) -> HttpResponse:
    """Keeps the question in the address as a new view, or as the next version of an own one."""
    if kind not in KINDS:
        raise Http404
    asked = KINDS[kind]
    fields = of_query(request.GET, asked.names)
    own = request.POST.get("view", "") if request.POST.get("as") != "new" else ""
    try:
        asked.question(fields)
        wish = ViewWish(kind, request.POST.get("name", ""), fields.text, request.POST.get("shared") == "1")
        who = who_of(request)
        view = change_view(who, whole(own), version_shown(request), wish) if own else save_view(who, wish)
    except YourMistake as error:
        return _refused(request, error)
    return HttpResponseRedirect(_address(view))


@require_POST
@guarded("see_behaviour")
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """An own copy of a question, to change it."""
    try:
        view = copy_view(who_of(request), pk, request.POST.get("name", ""))
    except YourMistake as error:
        return _refused(request, error)
    return HttpResponseRedirect(_address(view))


@require_POST
@guarded("see_behaviour")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an own question away."""
    try:
        drop_view(who_of(request), pk, version_shown(request))
    except YourMistake as error:
        return _refused(request, error)
    return HttpResponseRedirect(reverse("analysis"))


def _older(view: AnalysisView) -> list[AnalysisViewVersion]:
    """Versions before the one in force, newest first."""
    return sorted((v for v in view.versions.all() if v.version < view.version), key=lambda v: -v.version)[:_OLDER]


def _address(view: AnalysisView, text: str | None = None) -> str:
    fields = of_text(view.text if text is None else text, KINDS[view.kind].names)
    return f"{reverse(f'analysis_{view.kind}')}?view={view.pk}&{fields.query}"


def _refused(request: HttpRequest, error: YourMistake) -> HttpResponse:
    said = "；".join(told.text for told in mistakes.told(error))
    return trouble(request, 422, _("没有保存"), said)
