"""The page of a question about behaviour: things, settings and an answer; its view, whatever the kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from liuke.console.acting import page, scope_of, who_of
from liuke.console.questions.exporting import exported
from liuke.console.questions.fields import Fields, of_query
from liuke.console.questions.files import Sheet
from liuke.console.questions.frame import (
    ANSWER,
    BUILDER,
    address,
    addressed,
    answering,
    choosing,
    kept_of,
    part_of,
    tokens,
    usual_or,
)
from liuke.console.questions.funnel_builder import things_of
from liuke.console.questions.funnel_form import form_of, pressed, with_form
from liuke.console.questions.tabs import TABS
from liuke.console.questions.turns import TURNS
from liuke.console.questions.whom import period_of, whom_of
from liuke.console.reading import Reader, lend
from liuke.console.reading.audience import Live
from liuke.console.reading.behaviour import Seen, Within, data_of, names_seen
from liuke.console.sampling import sample_of
from liuke.errors import YourMistake
from liuke.insight.rules.data import RuleData
from liuke.state.actions.record import record_behaviour
from liuke.state.actions.whole_bank import has_rights


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One kind of question. names: of its fields. usual: what is asked first, while the field `asked` has nothing.
    question: of the fields; answer: of the question; both raise YourMistake. settings: context of its own fields.
    shown: the answer as the page has it; sheets: as files have it. buttons: how those begin that change the form.
    """

    kind: str
    names: tuple[str, ...]
    usual: Callable[[Fields, Sequence[Seen]], Fields]
    settings: Callable[[Fields], dict[str, Any]]
    question: Callable[[Fields], Any]
    answer: Callable[[Reader, RuleData, Any, Within], Any]
    shown: Callable[[Any, Fields], dict[str, Any]]
    sheets: Callable[[Any, Fields], Sequence[Sheet]]
    buttons: tuple[str, ...] = ("or-", "unor-", "if-", "unif-")
    asked: str = "step"

    @property
    def url(self) -> str:
        """The url name of the page."""
        return f"analysis_{self.kind}"

    def template(self, part: str) -> str:
        """The template of a part."""
        return f"console/parts/{self.kind}_{part}.html"


def built(request: HttpRequest, kind: QuestionPage) -> HttpResponse:
    """The page, the builder after one of its buttons, or the answer to what it asks now."""
    part, (icon, label) = part_of(request), TABS[kind.kind]
    frame = {"kind": kind.kind, "sign": icon, "label": label, "builder": kind.template("builder"), "url": kind.url}
    with lend() as reader:
        data = data_of(reader)
        if data is None:
            return page(request, "console/question.html", "analysis", frame | {"data_day": None})
        seen = names_seen(reader, data)
        given = of_query(request.GET, kind.names)
        fields = usual_or(given, kind.asked, lambda: kind.usual(given, seen))
        if part == ANSWER:
            return _answered(request, reader, data, kind, fields)
        form, button = form_of(fields), request.GET.get("do", "")[:20]
        if button and button.startswith(kind.buttons):
            form = pressed(form, button, tokens(seen))
            fields = with_form(fields, form)
        context = choosing(request, reader, fields, data.day) | things_of(form, seen, button, kind.url)
    context |= frame | kind.settings(fields)
    if part == BUILDER:
        answer = render(request, kind.template("builder"), context)
        answer["HX-Trigger-After-Settle"] = "asked"
        return answer
    return page(request, "console/question.html", "analysis", context | {"kept": kept_of(request, kind.kind, fields)})


def filed(request: HttpRequest, kind: QuestionPage, form: str) -> HttpResponse:
    """The tables shown as a file; of a picture only the record."""
    fields = of_query(request.GET, kind.names)
    with lend() as reader:
        data = data_or_404(reader)
        found = kind.answer(reader, data, kind.question(fields), within_of(request, reader, data, fields))
    return exported(request, kind.kind, form, kind.sheets(found, fields), data.day.isoformat())


def _answered(
    request: HttpRequest, reader: Reader, data: RuleData, kind: QuestionPage, fields: Fields
) -> HttpResponse:  # fmt: skip
    shown: dict[str, Any] = {}
    mistake = None
    try:
        within = within_of(request, reader, data, fields)
        with reader.engine.stoppable() as stop, TURNS.running(stop):
            found = kind.answer(reader, data, kind.question(fields), within)
        shown = kind.shown(found, fields) | {"period": within.period, "answer": found}
    except YourMistake as error:
        mistake = error
    context = answering(request, kind.kind, fields, form_of(fields), mistake) | shown
    answer = render(request, kind.template("answer"), context)
    return addressed(request, answer, address(reverse(kind.url), fields, context["kept"]))


def within_of(request: HttpRequest, reader: Reader, data: RuleData, fields: Fields) -> Within:
    """Raises YourMistake for days that cannot be asked."""
    return Within(whom_of(fields), period_of(fields, data.day, reader.house.zone), scope_of(request))


def data_or_404(reader: Reader) -> RuleData:
    """Raises Http404 before the first run."""
    data = data_of(reader)
    if data is None:
        raise Http404
    return data


def beside(
    request: HttpRequest, kind: QuestionPage, fields: Fields, found: Live, context: dict[str, Any]
) -> HttpResponse:  # fmt: skip
    """Customers behind a figure, in the drawer or on a page of their own: masked rows of some; the look is audited.

    context: part (its template), heading, and what that part says.
    """
    shown = sample_of(found, scope_of(request))
    if shown["sample"]:
        record_behaviour(who_of(request), kind.kind, len(shown["sample"]))
    whole = {**shown, "live": found, "sign": "users", "back": f"{reverse(kind.url)}?{fields.query}", **context}
    whole["can_store"] = has_rights(scope_of(request), "edit_rules")
    if request.headers.get("HX-Request"):
        return render(request, "console/parts/beside.html", whole)
    return page(request, "console/analysis_beside.html", "analysis", whole)
