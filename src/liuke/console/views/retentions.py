"""分析 · 留存: who comes back, or keeps the assets, by cohort and period; who stands behind a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.questions import retention_rows, words
from liuke.console.questions.exporting import exported
from liuke.console.questions.fields import Fields, of_query
from liuke.console.questions.frame import (
    ANSWER,
    BUILDER,
    address,
    addressed,
    answering,
    choosing,
    in_turn,
    kept_of,
    part_of,
    tokens,
    usual_or,
    value_names,
)
from liuke.console.questions.funnel_builder import things_of
from liuke.console.questions.funnel_form import form_of, pressed, with_form
from liuke.console.questions.retention_form import NAMES, USUAL_PERIODS, choice, question_of
from liuke.console.questions.whom import period_of, whom_of
from liuke.console.reading import Reader, lend
from liuke.console.reading.behaviour import Seen, data_of, names_seen
from liuke.console.reading.retentions import AskedRetention, RetentionAnswer, behind_cell, retention_answer
from liuke.console.sampling import sample_of
from liuke.errors import YourMistake
from liuke.insight.rules.data import RuleData
from liuke.state.actions.record import record_behaviour

KIND: Final = "retention"
_URL: Final = "analysis_retention"


@require_GET
@guarded("see_behaviour")
@in_turn
def builder(request: HttpRequest) -> HttpResponse:
    """The page, the builder after one of its buttons, or the answer to what it asks now."""
    part = part_of(request)
    with lend() as reader:
        data = data_of(reader)
        if data is None:
            return page(request, "console/retention.html", "analysis", {"data_day": None})
        seen = names_seen(reader, data)
        fields = usual_or(of_query(request.GET, NAMES), "step", lambda: _usual(of_query(request.GET, NAMES), seen))
        if part == ANSWER:
            return _answered(request, reader, data, fields)
        form, button = form_of(fields), request.GET.get("do", "")[:20]
        if button.startswith(("if-", "unif-")):
            form = pressed(form, button, tokens(seen))
            fields = with_form(fields, form)
        context = choosing(request, reader, fields, data.day) | things_of(form, seen, button, _URL) | _building(fields)
    if part == BUILDER:
        answer = render(request, "console/parts/retention_builder.html", context)
        answer["HX-Trigger-After-Settle"] = "asked"
        return answer
    return page(request, "console/retention.html", "analysis", context | {"kept": kept_of(request, KIND, fields)})


@require_GET
@guarded("see_behaviour")
def cell(request: HttpRequest) -> HttpResponse:
    """Who of a cohort did not come back in a period, or did: masked rows of some; the look is audited."""
    fields, scope = of_query(request.GET, NAMES), scope_of(request)
    cohort, k = request.GET.get("cohort", ""), request.GET.get("k", "")
    came = request.GET.get("came") == "1"
    if not (cohort.isdecimal() and k.isdecimal() and len(cohort + k) < 8):
        raise Http404
    with lend() as reader:
        data = _data(reader)
        asked = _asked(request, reader, data, fields)
        if int(k) > asked.question.asked.periods:
            raise Http404
        found = behind_cell(reader, data, asked, int(cohort), int(k), returned=came)
    if found is None:
        raise Http404
    shown = sample_of(found, scope)
    if shown["sample"]:
        record_behaviour(who_of(request), KIND, len(shown["sample"]))
    every = choice(fields, "every")
    context = {
        **shown,
        "live": found,
        "came": came,
        "period": retention_rows.period_words(every, int(k)),
        "other": f"{reverse('analysis_cell')}?{fields.query}&cohort={int(cohort)}&k={int(k)}&came={int(not came)}",
        "part": "console/parts/retention_cell.html",
        "heading": _("回来的客户") if came else _("没有回来的客户"),
        "sign": "users",
        "back": f"{reverse(_URL)}?{fields.query}",
    }
    if request.headers.get("HX-Request"):
        return render(request, "console/parts/beside.html", context)
    return page(request, "console/analysis_beside.html", "analysis", context)


@require_POST
@guarded("export")
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The tables shown as a file; of a picture only the record."""
    fields = of_query(request.GET, NAMES)
    with lend() as reader:
        data = _data(reader)
        answer = retention_answer(reader, data, _asked(request, reader, data, fields))
    names = value_names(fields, [group for group, _reading in answer.groups])
    sheets = retention_rows.sheets_of(answer, names, choice(fields, "every"))
    return exported(request, KIND, form, sheets, data.day.isoformat())


def _answered(request: HttpRequest, reader: Reader, data: RuleData, fields: Fields) -> HttpResponse:
    shown: dict[str, Any] = {}
    mistake = None
    try:
        asked = _asked(request, reader, data, fields)
        shown = _shown(retention_answer(reader, data, asked), fields) | {"period": asked.period}
    except YourMistake as error:
        mistake = error
    context = answering(request, KIND, fields, form_of(fields), mistake) | shown
    answer = render(request, "console/parts/retention_answer.html", context)
    return addressed(request, answer, address(reverse(_URL), fields, context["kept"]))


def _shown(found: RetentionAnswer, fields: Fields) -> dict[str, Any]:
    every = choice(fields, "every")
    rows = retention_rows.period_rows(found.reading, every)
    heat = retention_rows.heat_rows(found.reading)
    return {
        "answer": found,
        "tiles": retention_rows.headline(found.reading, every),
        "rows": rows,
        "heat": heat,
        "periods": [row.period for row in rows],
        "chart": retention_rows.curve_chart(found.reading, rows),
        "groups": retention_rows.group_rows(found, value_names(fields, [g for g, _r in found.groups])),
        "lists": choice(fields, "measure") == "deed",
    }


def _building(fields: Fields) -> dict[str, Any]:
    every = choice(fields, "every")
    return {
        **{name: choice(fields, name) for name in ("every", "measure", "counting", "clock")},
        "how": choice(fields, "kind"),
        "kind": KIND,
        "everies": words.EVERIES,
        "measures": words.MEASURES,
        "hows": words.HOWS,
        "countings": words.COUNTINGS,
        "clocks": words.CLOCKS,
        "share": fields.one("share", "80"),
        "periods": fields.one("periods", USUAL_PERIODS[every]),
        "lost": fields.one("lost", "1"),
        "by": fields.one("by"),
    }


def _asked(request: HttpRequest, reader: Reader, data: RuleData, fields: Fields) -> AskedRetention:
    """Raises YourMistake for what cannot be asked."""
    period = period_of(fields, data.day, reader.house.zone)
    return AskedRetention(question_of(fields), whom_of(fields), period, scope_of(request))


def _data(reader: Reader) -> RuleData:
    data = data_of(reader)
    if data is None:
        raise Http404
    return data


def _usual(fields: Fields, seen: Sequence[Seen]) -> Fields:
    """What most people do, and doing it again."""
    found = tokens(seen)[:1] or ["event:"]
    return Fields({"days": ("90",), "kind": ("recurring",), **fields.values, "step": (found[0], found[0])})
