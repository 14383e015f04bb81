"""分析 · 漏斗: a builder whose every state is its address, the answer as one builds, and who stopped where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.questions import funnel_rows, words
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
from liuke.console.questions.funnel_builder import building
from liuke.console.questions.funnel_form import NAMES, FunnelForm, form_of, pressed, question_of, with_form
from liuke.console.questions.funnel_sheets import sheets_of
from liuke.console.questions.near_rule import near_rule
from liuke.console.questions.whom import period_of, whom_of
from liuke.console.reading import Reader, lend
from liuke.console.reading.behaviour import Seen, data_of, names_seen
from liuke.console.reading.funnels import Asked, FunnelAnswer, funnel_answer, stopped
from liuke.console.reading.rule_bench import event_names
from liuke.console.sampling import sample_of
from liuke.errors import YourMistake
from liuke.insight.behaviour.breakdown import Group
from liuke.insight.rules.data import RuleData
from liuke.state.actions.record import record_behaviour

KIND: Final = "funnel"


@require_GET
@guarded("see_behaviour")
@in_turn
def builder(request: HttpRequest) -> HttpResponse:
    """The page, the builder after one of its buttons, or the answer to what it asks now."""
    part = part_of(request)
    with lend() as reader:
        data = data_of(reader)
        if data is None:
            return page(request, "console/funnel.html", "analysis", {"data_day": None})
        seen = names_seen(reader, data)
        fields = usual_or(of_query(request.GET, NAMES), "step", lambda: _usual(seen))
        if part == ANSWER:
            return _answered(request, reader, data, fields)
        form, button = form_of(fields), request.GET.get("do", "")[:20]
        if button:
            form = pressed(form, button, tokens(seen))
            fields = with_form(fields, form)
        context = choosing(request, reader, fields, data.day) | building(form, fields, seen, button)
    if part == BUILDER:
        answer = render(request, "console/parts/funnel_builder.html", context)
        answer["HX-Trigger-After-Settle"] = "asked"
        return answer
    return page(
        request, "console/funnel.html", "analysis", context | {"kept": kept_of(request, KIND, fields), "kind": KIND}
    )


@require_GET
@guarded("see_behaviour")
def dropped(request: HttpRequest, step: int) -> HttpResponse:
    """Who got to the step and not to the next: how many in the scope, masked rows of some; the look is audited."""
    fields, scope = of_query(request.GET, NAMES), scope_of(request)
    with lend() as reader:
        data = _data(reader)
        asked = _asked(request, reader, data, fields)
        if not 1 <= step < len(asked.question.funnel.steps):
            raise Http404
        found = stopped(reader, data, asked, step)
    shown = sample_of(found, scope)
    if shown["sample"]:
        record_behaviour(who_of(request), KIND, len(shown["sample"]))
    names = event_names()
    before, after = (words.thing(token, names) for token in form_of(fields).steps[step - 1 : step + 1])
    days = (data.day - asked.period.first).days + 1
    context = {
        **shown,
        "live": found,
        "before": before,
        "after": after,
        "rule": near_rule(asked.question.funnel, step, days, (before, after)),
        "part": "console/parts/funnel_dropped.html",
        "heading": _("停在这一步的客户"),
        "sign": "users",
        "back": f"{reverse('analysis_funnel')}?{fields.query}",
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
        asked = _asked(request, reader, data, fields)
        answer = funnel_answer(reader, data, asked)
    steps = step_names(form_of(fields))
    return exported(
        request, KIND, form, sheets_of(answer, steps, value_names(fields, _groups(answer))), data.day.isoformat()
    )


def step_names(form: FunnelForm) -> list[str]:
    """The steps in words."""
    names = event_names()
    return [words.thing(token, names) for token in form.steps]


def _answered(request: HttpRequest, reader: Reader, data: RuleData, fields: Fields) -> HttpResponse:
    """The answer, with mistakes told at their steps and the address that this state has."""
    form = form_of(fields)
    shown: dict[str, Any] = {}
    mistake = None
    try:
        asked = _asked(request, reader, data, fields)
        shown = _shown(funnel_answer(reader, data, asked), fields, form) | {"period": asked.period}
    except YourMistake as error:
        mistake = error
    context = answering(request, KIND, fields, form, mistake) | shown
    answer = render(request, "console/parts/funnel_answer.html", context)
    return addressed(request, answer, address(reverse("analysis_funnel"), fields, context["kept"]))


def _shown(found: FunnelAnswer, fields: Fields, form: FunnelForm) -> dict[str, Any]:
    rows = funnel_rows.step_rows(found, step_names(form))
    trend, bars = funnel_rows.trend_rows(found.trend), funnel_rows.bar_rows(found.reading)
    return {
        "answer": found,
        "tiles": funnel_rows.headline(found),
        "rows": rows,
        "chart": funnel_rows.funnel_chart(rows, found),
        "trend": trend,
        "trend_chart": funnel_rows.trend_chart(trend) if len(trend) > 1 else None,
        "trend_told": sum(row.value is not None for row in trend) > 1,
        "bars": bars,
        "bar_chart": funnel_rows.bar_chart(bars) if len(bars) > 1 else None,
        "groups": funnel_rows.group_rows(found, value_names(fields, _groups(found))),
    }


def _groups(found: FunnelAnswer) -> list[Group]:
    return [group for group, _reading in found.groups]


def _asked(request: HttpRequest, reader: Reader, data: RuleData, fields: Fields) -> Asked:
    """Raises YourMistake for what cannot be asked."""
    question = question_of(fields)
    period = period_of(fields, data.day, reader.house.zone)
    return Asked(question, whom_of(fields), period, scope_of(request))


def _data(reader: Reader) -> RuleData:
    data = data_of(reader)
    if data is None:
        raise Http404
    return data


def _usual(seen: Sequence[Seen]) -> Fields:
    """Three steps that occur, to begin from."""
    found = tokens(seen)[:3]
    return Fields({"step": tuple(found or ("event:",)), "window": ("7",), "unit": ("d",)})
