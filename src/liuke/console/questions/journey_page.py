"""旅程地图: how one thing is done over stages and channels, where it hurts and where it breaks off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from django.utils.translation import gettext as _

from liuke.console.application_words import STATUSES, said
from liuke.console.questions import journey_changes, journey_rows, words
from liuke.console.questions.asking_page import QuestionPage
from liuke.console.questions.fields import WHOM, Fields
from liuke.console.questions.journey_sheets import sheets_of
from liuke.console.questions.journey_words import PAINS
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.journeys import JourneyAnswer, JourneyQuestion, journey_answer, journeys_of_bank
from liuke.console.showing import locale
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.durations import Every

NAMES: Final = (*WHOM, "journey", "trend", "compare")


def question_of(fields: Fields) -> JourneyQuestion:
    """What the fields ask. Raises YourMistake for a journey nobody knows, or whose file cannot be read."""
    bank = journeys_of_bank()
    if not bank.journeys and not bank.mistakes:
        raise YourMistake(
            coded("no_journeys", "the bank has no file in journeys/"),
            then="copy a journey of the example bank to journeys/ and fit it",
        )
    trend = fields.one("trend", "week")
    journey = bank.named(fields.one("journey") or next(iter((*bank.journeys, *bank.mistakes))))
    return JourneyQuestion(
        journey, fields.one("compare") == "1", cast(Every, trend if trend in words.TRENDS else "week")
    )


def _usual(fields: Fields, _seen: Sequence[Seen]) -> Fields:
    """The first journey of the bank over ninety days: cases take weeks."""
    return Fields({"days": ("90",), **fields.values, "journey": tuple(list(journeys_of_bank().journeys)[:1])})


def _settings(fields: Fields) -> dict[str, Any]:
    bank = journeys_of_bank()
    chosen = fields.one("journey")
    known = bank.journeys.get(chosen)
    return {
        "journeys": [(code, one.title(locale())) for code, one in bank.journeys.items()],
        "broken": sorted(bank.mistakes),
        "journey": chosen,
        "about": said(known.spec.description) if known else "",
        "owner": known.spec.owner if known else "",
        "trends": words.TRENDS,
        "trend": fields.one("trend", "week"),
        "compare": fields.one("compare") == "1",
    }


def _shown(found: JourneyAnswer, fields: Fields) -> dict[str, Any]:
    cards, trend = journey_rows.stage_cards(found), journey_rows.trend_rows(found.trend)
    return {
        "tiles": journey_rows.headline(found),
        "cards": cards,
        "chart": journey_rows.map_chart(cards),
        "pains": PAINS,
        "touches": journey_rows.touch_rows(found),
        "changed": journey_changes.change_rows(found),
        "hand_overs": journey_rows.hand_over_rows(found),
        "lags": journey_rows.lag_rows(found.map, STATUSES),
        "trend": trend,
        "trend_chart": journey_rows.trend_chart(trend) if len(trend) > 1 else None,
        "trend_told": sum(row.value is not None for row in trend) > 1,
        "midway": found.map.joined_midway,
        "case_word": _("笔") if found.journey.spec.case else _("次"),
    }


PAGE: Final = QuestionPage(
    "journey",
    NAMES,
    _usual,
    _settings,
    question_of,
    journey_answer,
    _shown,
    lambda found, _fields: sheets_of(found),
    asked="journey",
)
