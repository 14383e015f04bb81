"""Whose behaviour, and over which days: what every question about behaviour begins with."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text
from liuke.console.questions.fields import Fields
from liuke.console.reading.behaviour import Whom
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.occurrences import Unit
from liuke.insight.behaviour.population import Period

PRESETS: Final[dict[str, Text]] = {
    "7": _("近 7 天"),
    "30": _("近 30 天"),
    "90": _("近 90 天"),
    "180": _("近 180 天"),
    "own": _("自选日期"),
}
"""Days back from the data day, both included."""
USUAL: Final = "30"
COUNTED: Final[dict[Unit, Text]] = {"customer": _("客户"), "visitor": _("访客，含没有认出的设备")}
"""Who may be counted."""


def whom_of(fields: Fields) -> Whom:
    """As the fields say; anything unknown does not narrow here, it is refused where it is looked up."""
    kind, _colon, code = fields.one("in").partition(":")
    known = kind in ("segment", "tag") and bool(code)
    return Whom(fields.one("branch"), kind if known else "", code if known else "")


def unit_of(fields: Fields) -> Unit:
    """Who is counted: customers, or visitors where these are asked for."""
    return "visitor" if fields.one("who") == "visitor" else "customer"


def preset_of(fields: Fields) -> str:
    """Which of PRESETS is chosen."""
    asked = fields.one("days", USUAL)
    return asked if asked in PRESETS else USUAL


def period_of(fields: Fields, day: date, zone: ZoneInfo) -> Period:
    """The days meant, as of the data day. Raises YourMistake for days that are no dates or stand the wrong way."""
    preset = preset_of(fields)
    if preset != "own":
        return Period(day - timedelta(days=int(preset) - 1), day, zone)
    return Period(_day(fields.one("first")), _day(fields.one("last")), zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise YourMistake(
            coded("plain_day", "expected a day such as 2026-06-30, not '{value}'", value=text),
            expected="a first and a last day", then="choose both days",
        ) from error  # fmt: skip
