"""漏斗: how far customers get, where they stop, how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from liuke.console.questions import funnel_rows, words
from liuke.console.questions.asking_page import QuestionPage
from liuke.console.questions.fields import Fields
from liuke.console.questions.files import Sheet
from liuke.console.questions.frame import tokens, value_names
from liuke.console.questions.funnel_builder import building
from liuke.console.questions.funnel_form import NAMES, FunnelForm, form_of, question_of
from liuke.console.questions.funnel_sheets import sheets_of
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.funnels import FunnelAnswer, funnel_answer
from liuke.console.reading.rule_bench import event_names
from liuke.insight.behaviour.breakdown import Group


def _usual(_fields: Fields, seen: Sequence[Seen]) -> Fields:
    """Three steps that occur, to begin from."""
    found = tokens(seen)[:3]
    return Fields({"step": tuple(found or ("event:",)), "window": ("7",), "unit": ("d",)})


def step_names(form: FunnelForm) -> list[str]:
    """The steps in words."""
    names = event_names()
    return [words.any_of(form.tokens(n), names) for n in range(1, len(form.steps) + 1)]


def _shown(found: FunnelAnswer, fields: Fields) -> dict[str, Any]:
    rows = funnel_rows.step_rows(found, step_names(form_of(fields)))
    trend, bars = funnel_rows.trend_rows(found.trend), funnel_rows.bar_rows(found.reading)
    return {
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


def _sheets(found: FunnelAnswer, fields: Fields) -> Sequence[Sheet]:
    return sheets_of(found, step_names(form_of(fields)), value_names(fields, _groups(found)))


def _groups(found: FunnelAnswer) -> list[Group]:
    return [group for group, _reading in found.groups]


PAGE: Final = QuestionPage(
    "funnel", NAMES, _usual, building, question_of, funnel_answer, _shown, _sheets, buttons=("",)
)  # fmt: skip
