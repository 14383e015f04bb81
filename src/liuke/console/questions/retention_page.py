"""留存: who comes back, or keeps the assets, by cohort and period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from liuke.console.questions import retention_rows, words
from liuke.console.questions.asking_page import QuestionPage
from liuke.console.questions.fields import Fields
from liuke.console.questions.files import Sheet
from liuke.console.questions.frame import tokens, value_names
from liuke.console.questions.retention_form import NAMES, USUAL_PERIODS, choice, question_of, touch_of
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.retentions import RetentionAnswer, retention_answer

OF_FACT: Final = ("property:", "column:")
"""How breakdowns begin that look at a fact."""


def _usual(fields: Fields, seen: Sequence[Seen]) -> Fields:
    """What most people do, and doing it again."""
    found = tokens(seen)[:1] or ["event:"]
    return Fields({"days": ("90",), "kind": ("recurring",), **fields.values, "step": (found[0], found[0])})


def _settings(fields: Fields) -> dict[str, Any]:
    every = choice(fields, "every")
    return {
        **{name: choice(fields, name) for name in ("every", "measure", "counting", "clock")},
        "how": choice(fields, "kind"),
        "everies": words.EVERIES,
        "measures": words.MEASURES,
        "hows": words.HOWS,
        "countings": words.COUNTINGS,
        "clocks": words.CLOCKS,
        "share": fields.one("share", "80"),
        "periods": fields.one("periods", USUAL_PERIODS[every]),
        "lost": fields.one("lost", "1"),
        "by": fields.one("by"),
        "touches": words.RETENTION_TOUCHES,
        "touch": touch_of(fields),
        "compare": fields.one("compare") == "1",
    }


def _shown(found: RetentionAnswer, fields: Fields) -> dict[str, Any]:
    every = choice(fields, "every")
    rows = retention_rows.period_rows(found, every)
    heat = retention_rows.heat_rows(found.reading)
    return {
        "tiles": retention_rows.headline(found.reading, every),
        "rows": rows,
        "heat": heat,
        "periods": [row.period for row in rows],
        "chart": retention_rows.curve_chart(found, rows),
        "groups": retention_rows.group_rows(found, value_names(fields, [g for g, _reading in found.groups])),
        "assets": choice(fields, "measure") == "assets",
        "by_return": bool(found.groups) and touch_of(fields) == "last" and fields.one("by").startswith(OF_FACT),
    }


def _sheets(found: RetentionAnswer, fields: Fields) -> Sequence[Sheet]:
    names = value_names(fields, [group for group, _reading in found.groups])
    return retention_rows.sheets_of(found, names, choice(fields, "every"))


PAGE: Final = QuestionPage(
    "retention", NAMES, _usual, _settings, question_of, retention_answer, _shown, _sheets
)  # fmt: skip
