"""A journey map as its page shows it: cards of stages with figures and pains, touchpoints, hand-overs, lags, course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from liuke.console.application_words import listed, said
from liuke.console.figures import NOTHING, group, is_small, points, rounded, share
from liuke.console.labels import Text
from liuke.console.questions import words
from liuke.console.questions.funnel_rows import bounds_of, look_of
from liuke.console.questions.journey_words import PAINS, WHATS, channel, heat, score
from liuke.console.reading.journeys import JourneyAnswer
from liuke.console.reading.rule_bench import event_names
from liuke.insight.journey.catalogue import Journey
from liuke.insight.journey.journey_map import (
    JourneyMap,
    Pain,
    StageComparison,
    StageReading,
    Touchpoint,
    TrendPoint,
    What,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a stage. cases: as shown; part: of the stage's cases. Who they are can be asked by `what`."""

    what: What
    label: Text
    cases: str
    part: str


@dataclass(frozen=True, slots=True)
class PainPart:
    """begins, points: in points of the score, for a bar. told: with the share and the weight."""

    name: str
    label: Text
    begins: float
    points: float
    told: str


@dataclass(frozen=True, slots=True)
class StageCard:
    """One stage in words. part: its cases of the fullest stage's, for a bar. change: of the share that went on against
    the period before; look: better, worse or '' where the interval holds zero.
    """

    number: int
    code: str
    name: str
    cases: str
    part: float | None
    onward: str
    bounds: str
    change: str
    look: str
    stay: str
    expected: str
    ended: tuple[Figure, ...]
    frictions: tuple[Figure, ...]
    satisfaction: str
    pain: str
    pain_before: str
    heat: str
    parts: tuple[PainPart, ...]
    missing: tuple[Text, ...]


def stage_cards(answer: JourneyAnswer) -> list[StageCard]:
    """Every stage, in order."""
    most = max((stage.cases for stage in answer.map.stages), default=0) or 1
    changes = {change.code: change for change in answer.changes}
    return [
        _card(answer.journey, n, stage, most, changes.get(stage.code))
        for n, stage in enumerate(answer.map.stages, start=1)
    ]


def _card(journey: Journey, n: int, stage: StageReading, most: int, change: StageComparison | None) -> StageCard:
    written = journey.spec.stages[n - 1]
    hidden = is_small(stage.people)
    onward = None if hidden else stage.share
    moved = None if change is None or hidden else change.went_on
    return StageCard(
        number=n,
        code=stage.code,
        name=said(written.name),
        cases=group(stage.cases),
        part=None if hidden else stage.cases / most,
        onward=share(onward.estimate) if onward else NOTHING,
        bounds=bounds_of(onward),
        change=points(moved.estimate) if moved else "",
        look=look_of(moved),
        stay=NOTHING if hidden else f"{words.lasting(stage.median_s)} / {words.lasting(stage.p90_s)}",
        expected=words.lasting(written.expects.total_seconds()) if written.expects else "",
        ended=tuple(_figures(stage, ("abandoned", "waiting", "rejected", "withdrawn"))),
        frictions=tuple(_figures(stage, ("late", "break_point", "rekeyed", "failed", "returned", "complained"))),
        satisfaction=_satisfaction(stage),
        pain=NOTHING if hidden else score(stage.pain.score),
        pain_before=score(change.pain[1]) if change and not hidden else "",
        heat="" if hidden else heat(stage.pain.score),
        parts=() if hidden else tuple(_parts(stage.pain)),
        missing=tuple(PAINS[name] for name in stage.pain.missing),
    )


def _figures(stage: StageReading, names: Sequence[What]) -> list[Figure]:
    """What can be told; what cannot be measured is left out."""
    counts = {"break_point": stage.break_points}
    found = []
    for name in names:
        cases = counts[name] if name in counts else getattr(stage, name)
        if cases is None:
            continue
        told = not is_small(stage.people) and not is_small(cases) and stage.cases
        found.append(Figure(name, WHATS[name], group(cases), share(cases / stage.cases) if told else ""))
    return found


def _satisfaction(stage: StageReading) -> str:
    if stage.satisfaction is None or is_small(stage.marks):
        return ""
    return _("{mark} 分（{n} 次评价）").format(mark=rounded(stage.satisfaction, 1), n=f"{stage.marks:,}")


def _parts(pain: Pain) -> list[PainPart]:
    found, begins = [], 0.0
    for part in pain.parts:
        told = _("{name}：{share} 的旅程，权重 {weight}，计 {points} 分").format(
            name=PAINS[part.name], share=share(part.share), weight=f"{part.weight:g}", points=rounded(part.points, 1)
        )
        found.append(PainPart(part.name, PAINS[part.name], begins, part.points, told))
        begins += part.points
    return found


def headline(answer: JourneyAnswer) -> list[tuple[str, str, str]]:
    """The tiles: label, figure, remark."""
    told = answer.map
    hidden = is_small(told.people)
    whole = None if hidden or is_small(told.succeeded) else told.share
    times = (None, None) if hidden or is_small(told.succeeded) else (told.median_s, told.p90_s)
    moved = _moved(answer) if whole else ""
    over = [_("{n} 笔被拒").format(n=group(told.rejected)) if told.rejected else "",
            _("{n} 笔撤回").format(n=group(told.withdrawn)) if told.withdrawn else ""]  # fmt: skip
    return [
        (_("进入旅程"), group(told.cases), _("{n} 位客户").format(n=group(told.people))),
        (_("办成率"), share(whole.estimate) if whole else NOTHING, " · ".join(filter(None, (bounds_of(whole), moved)))),
        (_("半途而废"), group(told.abandoned), " · ".join(text for text in over if text)),
        (_("办成用时中位数"), words.lasting(times[0]),
         _("九成在 {span}内").format(span=words.lasting(times[1])) if times[1] else ""),
        (_("还在办"), group(told.waiting), _("还可能办成，不算流失") if told.waiting else ""),
    ]  # fmt: skip


def _moved(answer: JourneyAnswer) -> str:
    before = answer.before
    if before is None or answer.success is None or is_small(before.people) or is_small(before.succeeded):
        return ""
    return _("较上期 {n} 个百分点").format(n=points(answer.success.estimate))


def map_chart(cards: Sequence[StageCard]) -> dict[str, Any]:
    """Columns of cases and a line of pain, stage by stage."""
    return {
        "kind": "journey",
        "labels": [card.name for card in cards],
        "cases": [card.part for card in cards],
        "pains": [None if card.pain == NOTHING else int(card.pain) for card in cards],
        "told": [card.cases for card in cards],
        "tips": [
            "\n".join((card.name, _("{n} 笔到过").format(n=card.cases),
                       _("{share} 继续往下").format(share=card.onward), _("痛点分 {n}").format(n=card.pain)))
            for card in cards
        ],
        "words": {"cases": _("旅程数"), "pain": _("痛点分")},
        "description": _("各阶段旅程数的柱图与痛点分的折线；数值见下方各阶段。"),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrendRow:
    """Cases that entered in one day (week, month)."""

    begins: str
    cases: str
    succeeded: str
    share: str
    waiting: str
    pain: str
    value: float | None
    is_mature: bool


def trend_rows(trend: Sequence[TrendPoint]) -> list[TrendRow]:
    """Spans of entry; one with few cases has no share."""
    return [_trend_row(point) for point in trend]


def _trend_row(point: TrendPoint) -> TrendRow:
    hidden = is_small(point.cases)
    value = None if hidden or is_small(point.succeeded) else point.share
    return TrendRow(
        point.day.isoformat(), group(point.cases), group(point.succeeded), share(value),
        group(point.waiting) if point.waiting else "", NOTHING if hidden else score(point.pain), value, point.is_mature,
    )  # fmt: skip


def trend_chart(rows: Sequence[TrendRow]) -> dict[str, Any]:
    """Share that succeeded, dashed from where cases are open, and the pain score beside it."""
    return {
        "kind": "journeyTrend",
        "labels": [row.begins for row in rows],
        "values": [row.value for row in rows],
        "mature": [row.is_mature for row in rows],
        "pains": [None if row.pain == NOTHING else int(row.pain) for row in rows],
        "tips": [
            f"{row.begins}\n" + _("{n} 笔进入，{share} 办成").format(n=row.cases, share=row.share)
            + "\n" + _("痛点分 {n}").format(n=row.pain) + ("" if row.is_mature else "\n" + _("有些还在办，还会上升"))
            for row in rows
        ],
        "words": {"share": _("办成率"), "pain": _("痛点分")},
        "description": _("按进入日期的办成率与痛点分；还有人在办的日子画成虚线，数值见下方表格。"),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TouchRow:
    """One touchpoint of a stage in one channel."""

    stage: str
    channel: str
    name: str
    cases: str
    facts: str
    left: str
    failed: str
    next: str


def touch_rows(answer: JourneyAnswer) -> list[TouchRow]:
    """Touchpoints that enough cases had, in order of stages."""
    names, titles = event_names(), stage_names(answer.journey)
    return [
        TouchRow(titles[one.stage], channel(one.channel), _touch_name(one, names), group(one.cases), f"{one.facts:,}",
                 group(one.left), f"{one.failed:,}", words.lasting(one.median_s))
        for one in answer.map.touchpoints if one.cases and not is_small(one.cases)
    ]  # fmt: skip


def _touch_name(one: Touchpoint, names: words.Names) -> str:
    if one.label is not None:
        return said(one.label)
    found = [words.thing(f"event:{name}", names) for name in one.name.split(",")]
    return listed(found[:2]) + (_(" 等 {n} 种").format(n=len(found)) if len(found) > 2 else "")


def stage_names(journey: Journey) -> dict[str, str]:
    """Stages by code, in the page's language."""
    return {stage.code: said(stage.name) for stage in journey.spec.stages}


@dataclass(frozen=True, slots=True)
class HandOverRow:
    """One change of channel at a stage."""

    stage: str
    before: str
    after: str
    meant: bool
    cases: str
    onward: str


def hand_over_rows(answer: JourneyAnswer) -> list[HandOverRow]:
    """Changes that enough cases made, the most frequent first."""
    titles = stage_names(answer.journey)
    return [
        HandOverRow(titles[one.stage], channel(one.from_channel), channel(one.to_channel), one.meant,
                    group(one.cases), share(one.went_on / one.cases))
        for one in sorted(answer.map.hand_overs, key=lambda one: -one.cases) if one.cases and not is_small(one.cases)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class LagRow:
    """How much later a status is told in another channel."""

    status: str
    before: str
    after: str
    cases: str
    never: str
    span: str


def lag_rows(told: JourneyMap, statuses: Mapping[str, Text]) -> list[LagRow]:
    """Lags that enough cases had. statuses: in words."""
    return [
        LagRow(str(statuses.get(one.status, one.status)), channel(one.from_channel), channel(one.to_channel),
               group(one.cases), group(one.never), f"{words.lasting(one.median_s)} / {words.lasting(one.p90_s)}")
        for one in told.lags if not is_small(one.cases + one.never)
    ]  # fmt: skip
