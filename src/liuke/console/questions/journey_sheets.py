"""A journey map as tables for files; small groups hidden as on the page."""

from __future__ import annotations

from dataclasses import astuple

from django.utils.translation import gettext as _

from liuke.console.application_words import STATUSES
from liuke.console.questions.files import Sheet
from liuke.console.questions.journey_rows import (
    StageCard,
    hand_over_rows,
    lag_rows,
    stage_cards,
    touch_rows,
    trend_rows,
)
from liuke.console.questions.journey_words import PAINS, WHATS
from liuke.console.reading.journeys import JourneyAnswer


def sheets_of(found: JourneyAnswer) -> list[Sheet]:
    """Stages, what their pain scores are made of, touchpoints, hand-overs, lags, course."""
    cards = stage_cards(found)
    touch = (_("阶段"), _("渠道"), _("触点"), _("旅程数"), _("次数"), _("在此放弃"), _("失败"), _("到下一步"))
    hand = (_("阶段"), _("从"), _("到"), _("有意"), _("旅程数"), _("继续往下"))
    lag = (_("状态"), _("先告知"), _("后告知"), _("旅程数"), _("至今未告知"), _("中位 / 九成时差"))
    course = (_("日期"), _("进入旅程"), _("办成"), _("办成率"), _("还在办"), _("痛点分"))
    meant = {True: _("是"), False: _("否")}
    return [
        _stages(cards),
        _pains(cards),
        Sheet(_("触点"), touch, tuple(astuple(row) for row in touch_rows(found))),
        Sheet(_("渠道交接"), hand, tuple(
            (r.stage, r.before, r.after, meant[r.meant], r.cases, r.onward) for r in hand_over_rows(found))),
        Sheet(_("状态时差"), lag, tuple(astuple(row) for row in lag_rows(found.map, STATUSES))),
        Sheet(_("按进入日期"), course, tuple(
            (r.begins, r.cases, r.succeeded, r.share, r.waiting, r.pain) for r in trend_rows(found.trend))),
    ]  # fmt: skip


def _stages(cards: list[StageCard]) -> Sheet:
    figures = [{f.what: f.cases for f in (*card.ended, *card.frictions)} for card in cards]
    whats = [what for what in WHATS if any(what in one for one in figures)]
    head = (_("阶段"), _("旅程数"), _("继续往下"), _("区间"), _("中位 / 九成停留"), _("应有时长"), _("痛点分"))
    rows = tuple(
        (c.name, c.cases, c.onward, c.bounds, c.stay, c.expected, c.pain, *(one.get(what) for what in whats))
        for c, one in zip(cards, figures, strict=True)
    )
    return Sheet(_("各阶段"), (*head, *(str(WHATS[what]) for what in whats)), rows)


def _pains(cards: list[StageCard]) -> Sheet:
    points = [{part.name: round(part.points, 1) for part in card.parts} for card in cards]
    rows = tuple((c.name, *(one.get(name) for name in PAINS)) for c, one in zip(cards, points, strict=True))
    return Sheet(_("痛点构成"), (_("阶段"), *(str(label) for label in PAINS.values())), rows)
