"""Changes of the bank's files: a new one, the editor, the check as one types, every step of four eyes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.changing import STEPS, Steps, change_context, seen_change
from liuke.console.diffing import diff_lines
from liuke.console.experiment_desk import (
    experiment_language,
    experiment_said,
    planner_of,
    propose_experiment_change,
    tried_experiment,
)
from liuke.console.figures import is_chinese
from liuke.console.labels import Text
from liuke.console.reading import house
from liuke.console.reading.experiments import experiment_bench
from liuke.console.reading.segment_texts import code_for, segment_bench
from liuke.console.reading.text_bench import beginnings, campaign_bench, named, offer_bench
from liuke.console.segment_desk import propose_segment_change, segment_language, segment_said, tried_segment
from liuke.console.text_language import Language, campaign_language, offer_language
from liuke.console.text_trials import propose_campaign_change, propose_offer_change, tried_campaign, tried_offer
from liuke.console.text_words import Said, campaign_said, offer_said
from liuke.errors import LiukeError, YourMistake
from liuke.state.actions.change_campaign_text import CAMPAIGN_TEXTS, approve_campaign_text
from liuke.state.actions.change_experiment_text import EXPERIMENT_TEXTS, approve_experiment_text
from liuke.state.actions.change_offer_text import OFFER_TEXTS, approve_offer_text
from liuke.state.actions.change_segment_text import SEGMENT_TEXTS, approve_segment_text
from liuke.state.actions.text_change import LONGEST, TextKind, begin, short
from liuke.state.models import TextChange


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one sort of text is written. board, one: names of its pages' addresses; `one` takes the code. said: a text
    in words. tried: what it would do on the last data day. planner: what the power planner beside the editor begins
    with, of a text; None where there is none.
    """

    steps: Steps[TextChange, Any]
    board: str
    one: str
    icon: str
    name: Text
    new: Text
    said: Callable[[str, str], Said]
    tried: Callable[[str, str], Mapping[str, Any]]
    language: Callable[[], Language]
    planner: Callable[[str], Mapping[str, str]] | None = None

    @property
    def texts(self) -> TextKind[TextChange]:
        """Its files and changes."""
        return self.steps.texts


DESKS: Final[Mapping[str, Desk]] = {
    "campaign": Desk(
        Steps(CAMPAIGN_TEXTS, campaign_bench, propose_campaign_change, approve_campaign_text),
        "campaigns", "campaign", "target-arrow", _("活动"), _("新建活动"), campaign_said, tried_campaign,
        campaign_language,
    ),
    "offer": Desk(
        Steps(OFFER_TEXTS, offer_bench, propose_offer_change, approve_offer_text),
        "offers", "offer", "coin", _("权益"), _("新建权益"), offer_said, tried_offer, offer_language,
    ),
    "experiment": Desk(
        Steps(EXPERIMENT_TEXTS, experiment_bench, propose_experiment_change, approve_experiment_text),
        "experiments", "experiment", "flask", _("实验"), _("新建实验"), experiment_said, tried_experiment,
        experiment_language, planner_of,
    ),
    "segment": Desk(
        Steps(SEGMENT_TEXTS, segment_bench, propose_segment_change, approve_segment_text),
        "segments", "segment", "users-group", _("客群"), _("新建客群"), segment_said, tried_segment, segment_language,
    ),
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded("edit_rules")
def new(request: HttpRequest, what: str) -> HttpResponse:
    """A form for the code of a new text and what it begins from: another file, or a text that another page has sent."""
    desk = _desk(what)
    texts, given = beginnings(desk.texts.files), request.POST.get("rule", "")[: LONGEST + 1]
    source = request.POST.get("from", "") or request.GET.get("from", "")
    code, mistake = request.POST.get("code", code_for(named(given))).strip(), None
    if "code" in request.POST and (given or source in texts):
        try:
            text = short(given) if given else texts[source]
            return redirect("text_change", begin(desk.texts, who_of(request), house().home, code, text).pk)
        except YourMistake as error:
            mistake = error
    context = {
        "given": given,
        "desk": desk,
        "what": what,
        "sources": [(name, _titled(name, text)) for name, text in texts.items()],
        "source": source,
        "code": code,
        "mistake": mistake,
    }
    return page(request, "console/text_new.html", desk.board, context, status=422 if mistake else 200)


@require_POST
@guarded("edit_rules")
def edit(request: HttpRequest, what: str, code: str) -> HttpResponse:
    """The person's open change of the file, or a new one."""
    desk = _desk(what)
    if not desk.texts.files.path(house().home, code).is_file():
        raise Http404
    return redirect("text_change", begin(desk.texts, who_of(request), house().home, code).pk)


@require_GET
@guarded("see_effect")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: the editor for its author while it is a draft, the difference and the decision for the others."""
    return _shown(request, _found(request, pk))


@require_POST
@guarded("edit_rules")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What is typed, read by what reads the file itself: every mistake with its line, or what it says in words."""
    found = _found(request, pk)
    try:
        text = short(request.POST.get("text", ""))
        said = DESKS[found.what].said(found.code, text)
        context = {"said": said, "diff": diff_lines(found.base, text), "typing": True}
    except YourMistake as error:
        context = {"said": Said(mistake=error)}
    return render(request, "console/parts/text_verdict.html", context)


@require_POST
@guarded("see_effect")
def tried(request: HttpRequest, pk: int) -> HttpResponse:
    """What the text as typed would do on the last data day; counts of the whole bank, for those who see all of it."""
    found = _found(request, pk)
    scope = scope_of(request)
    if scope.branches is not None:
        raise Http404
    try:
        text = short(request.POST.get("text", found.text))
        context: Mapping[str, Any] = DESKS[found.what].tried(found.code, text)
    except LiukeError as error:
        context = {"mistake": error}
    return render(request, "console/parts/text_tried.html", context)


@require_POST
@guarded("see_effect")
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One step of the change; what stands against it is told on the page, with the text as it was typed."""
    found = _found(request, pk)
    desk = DESKS[found.what]
    troubled = desk.steps.taken(request, found, name, lambda **told: _shown(request, _found(request, pk), **told))
    return troubled or (redirect(desk.board) if name == "discard" else redirect("text_change", pk))


def _titled(code: str, text: str) -> str:
    """The code with the name in the text, as far as it can be read."""
    found = named(text)
    return f"{code} · {found.zh if is_chinese() else found.en}" if found else code


def _desk(what: str) -> Desk:
    if what not in DESKS:
        raise Http404
    return DESKS[what]


def _found(request: HttpRequest, pk: int) -> TextChange:
    return seen_change(TextChange.objects.filter(pk=pk).first(), scope_of(request))


def _shown(
    request: HttpRequest, found: TextChange, *, typed: str | None = None, mistake: LiukeError | None = None,
    stale: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    desk, text = DESKS[found.what], found.text if typed is None else typed
    context = change_context(desk.texts, found, scope_of(request), text)
    context |= {"desk": desk, "what": found.what, "refusal": mistake, "stale": stale}
    context |= {"said": desk.said(found.code, text), "at": _addresses(found.pk)}
    if context["writes"]:
        context |= {"language": desk.language(), "typing": True}
        if desk.planner:
            context["planner"] = json.dumps(desk.planner(text))
    return page(request, "console/text_change.html", desk.board, context, status=status)


def _addresses(pk: int) -> dict[str, str]:
    steps = {name: reverse("text_step", args=(pk, name)) for name in STEPS}
    return steps | {"check": reverse("text_check", args=(pk,)), "tried": reverse("text_tried", args=(pk,))}
