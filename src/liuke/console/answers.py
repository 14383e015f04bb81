"""The outcome form: a few plain answers, each of which says result, outcome and whether the order stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast, get_args

from django.utils.translation import gettext_lazy as _

from liuke.act.workorder import Channel, Outcome, Result
from liuke.console.labels import Text
from liuke.console.reading import house
from liuke.errors import YourMistake
from liuke.state.actions import ContactReport


@dataclass(frozen=True, slots=True)
class Answer:
    """One chip of the form. outcome None keeps the order open with a next date."""

    label: Text
    result: Result
    outcome: Outcome | None


ANSWERS: Final[dict[str, Answer]] = {
    "saved": Answer(_("已接通·愿意留下"), "reached", "saved"),
    "thinking": Answer(_("已接通·需考虑"), "reached", None),
    "lost": Answer(_("已接通·明确离开"), "reached", "lost"),
    "wrong_signal": Answer(_("已接通·预警不符"), "reached", "wrong_signal"),
    "refused": Answer(_("拒绝沟通"), "refused", "undecided"),
    "not_reached": Answer(_("未接通·再联系"), "not_reached", None),
    "unreachable": Answer(_("多次未接通·结束"), "not_reached", "unreachable"),
}
AT: Final = "at"
"""The next step is an appointment: its moment stands in the field `at`."""
FARTHEST: Final = timedelta(days=180)
NEXT_STEPS: Final[dict[str, Text]] = {
    "1": _("下一工作日跟进"),
    "3": _("3 天后跟进"),
    "7": _("一周后跟进"),
    "14": _("两周后跟进"),
    AT: _("约定时间…"),
}


class NoMoment(YourMistake):
    """An appointment without a moment, or one that is past or too far away."""


def read_answer(form: Mapping[str, str], now: datetime) -> ContactReport:
    """The form as a report. The next date falls on a workday's opening hour, at least one workday ahead, or is the
    moment agreed with the customer, in the bank's time.

    Raises YourMistake for an answer or channel that is not on the form, NoMoment for an appointment without one.
    """
    answer, channel = ANSWERS.get(form.get("answer", "")), form.get("channel", "")
    if answer is None or channel not in get_args(Channel):
        raise YourMistake(
            "the form names no known answer or channel", state="nothing was changed", then="choose both again"
        )
    promised = None if answer.outcome else _promised(form, now)
    return ContactReport(cast(Channel, channel), answer.result, answer.outcome, promised, form.get("note", ""))


def _promised(form: Mapping[str, str], now: datetime) -> datetime:
    step = form.get("next", "3")
    if step == AT:
        return appointment(form.get("at", ""), now)
    return next_contact(now, int(step) if step in NEXT_STEPS else 3)


def appointment(text: str, now: datetime) -> datetime:
    """The moment `2026-12-01T15:30` in the bank's zone; it lies ahead, at most 180 days."""
    try:
        at = datetime.fromisoformat(text[:16]).replace(tzinfo=house().zone)
    except ValueError:
        at = now
    if not now < at <= now + FARTHEST:
        raise NoMoment(
            "an appointment needs a moment within the next 180 days",
            state="nothing was changed",
            then="choose date and time again",
        )
    return at


def next_contact(now: datetime, days: int) -> datetime:
    """Opening time of the first workday at least `days` calendar days after `now`."""
    calendar = house().calendar
    day = now.astimezone(calendar.zone).date() + timedelta(days=days)
    first = next(calendar.workdays_from(day))
    return calendar.hours.spans(first, calendar.zone)[0][0]
