"""What a funnel came to, as tables and charts show it: small groups without figures, shares with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from liuke.console.figures import NOTHING, group, is_small, points, share
from liuke.console.questions.words import group_words, lasting
from liuke.console.reading.funnels import FunnelAnswer
from liuke.insight.funnel.reading import EntryDay, FunnelReading, StepReading
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step in words. lost: who got to the step before and not to this one. change: against the period before, with
    its interval; look: better, worse or '' where the interval holds zero.
    """

    number: int
    name: str
    people: str
    share: str
    from_previous: str
    bounds: str
    lost: str
    median: str
    p90: str
    waiting: str
    before: str
    change: str
    change_bounds: str
    look: str
    part: float | None


def step_rows(answer: FunnelAnswer, names: Sequence[str]) -> list[StepRow]:
    """Every step; names: of the steps in words."""
    steps = answer.reading.steps
    return [_row(answer, n, step, names[n]) for n, step in enumerate(steps)]


def _row(answer: FunnelAnswer, n: int, step: StepReading, name: str) -> StepRow:
    reading = answer.reading
    previous = reading.steps[n - 1] if n else None
    hidden = is_small(step.people) or is_small(reading.people)
    base_hidden = hidden or is_small(previous.people if previous else None)
    conversion = None if base_hidden else step.from_previous
    before = answer.before.steps[n] if answer.before else None
    told = before is not None and not hidden and not is_small(before.people)
    change = answer.changes[n] if told and n < len(answer.changes) and n else None
    return StepRow(
        number=step.number,
        name=name,
        people=group(step.people),
        share=NOTHING if hidden else share(step.share),
        from_previous=NOTHING if conversion is None else share(conversion.estimate),
        bounds=bounds_of(conversion),
        lost=group(previous.people - step.people) if previous else NOTHING,
        median=NOTHING if hidden else lasting(step.median),
        p90=NOTHING if hidden else lasting(step.p90),
        waiting=group(step.waiting) if step.waiting else "",
        before=group(before.people) if before else "",
        change=points(change.estimate) if change else "",
        change_bounds=f"[{points(change.low)}, {points(change.high)}]" if change else "",
        look=look_of(change),
        part=None if hidden or step.share is None else step.share,
    )


def bounds_of(interval: Interval | None) -> str:
    """[11.2%, 13.0%], '' for none."""
    return f"[{share(interval.low)}, {share(interval.high)}]" if interval else ""


def look_of(change: Interval | None) -> str:
    """better, worse, or '' for none and where the interval holds zero."""
    if change is None or change.low <= 0 <= change.high:
        return ""
    return "better" if change.estimate > 0 else "worse"


def headline(answer: FunnelAnswer) -> list[tuple[str, str, str]]:
    """The tiles: label, figure, remark."""
    reading = answer.reading
    hidden = is_small(reading.people) or is_small(reading.converted)
    whole = None if hidden else reading.conversion
    times = (None, None) if hidden else (reading.median, reading.p90)
    return [
        (_("进入人数"), group(reading.people), ""),
        (_("走完全程"), group(reading.converted), ""),
        (_("总转化率"), share(whole.estimate) if whole else NOTHING, bounds_of(whole)),
        (
            _("全程用时中位数"),
            lasting(times[0]),
            _("九成在 {span}内").format(span=lasting(times[1])) if times[1] else "",
        ),
        (_("时限未到"), group(reading.waiting), _("还可能走完，转化率只会更高") if reading.waiting else ""),
    ]


def funnel_chart(rows: Sequence[StepRow], answer: FunnelAnswer) -> dict[str, Any]:
    """Bars for the charts' script: a step that is too small has none."""
    before = answer.before
    return {
        "kind": "funnel",
        "labels": [f"{row.number} {row.name}" for row in rows],
        "values": [row.part for row in rows],
        "before": [s.share if not is_small(s.people) else None for s in before.steps] if before else [],
        "told": [f"{row.people}  {row.share}" for row in rows],
        "tips": [_tip(row) for row in rows],
        "words": {"now": _("本期"), "before": _("上期")},
        "description": _("漏斗各步人数占进入人数的比例；数值见下方表格。"),
    }


def _tip(row: StepRow) -> str:
    lines = [row.name, _("{n} 人，占进入的 {share}").format(n=row.people, share=row.share)]
    if row.number > 1:
        lines.append(_("上一步的 {share} {bounds}").format(share=row.from_previous, bounds=row.bounds))
        lines.append(_("中位用时 {span}").format(span=row.median))
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One day (week, month) of entry."""

    begins: str
    people: str
    converted: str
    share: str
    waiting: str
    value: float | None
    is_mature: bool


def trend_rows(trend: Sequence[EntryDay]) -> list[TrendRow]:
    """Days of entry; one with few people has no share."""
    return [_trend_row(day) for day in trend]


def _trend_row(day: EntryDay) -> TrendRow:
    hidden = is_small(day.people) or is_small(day.converted)
    value = None if hidden else day.share
    return TrendRow(
        day.day.isoformat(), group(day.people), group(day.converted), share(value),
        group(day.waiting) if day.waiting else "", value, day.is_mature,
    )  # fmt: skip


def trend_chart(rows: Sequence[TrendRow]) -> dict[str, Any]:
    """A line; from the first day on that is not complete it is dashed."""
    return {
        "kind": "trend",
        "labels": [row.begins for row in rows],
        "values": [row.value for row in rows],
        "mature": [row.is_mature for row in rows],
        "tips": [
            f"{row.begins}\n" + _("{n} 人进入，{share} 走完").format(n=row.people, share=row.share)
            + ("" if row.is_mature else "\n" + _("时限未到，还会上升"))
            for row in rows
        ],
        "description": _("按进入日期的总转化率曲线；时限未到的日子画成虚线，数值见下方表格。"),
    }  # fmt: skip


def bar_rows(reading: FunnelReading) -> list[tuple[str, str, float | None]]:
    """How long the whole way took: span, people, height; leading and trailing empty spans are left out."""
    filled = [n for n, bar in enumerate(reading.bars) if bar.people]
    if not filled:
        return []
    shown = reading.bars[filled[0] : filled[-1] + 1]
    return [(_("≤ {span}").format(span=lasting(b.upto)), group(b.people), None if is_small(b.people) else b.people)
            for b in shown]  # fmt: skip


def bar_chart(rows: Sequence[tuple[str, str, float | None]]) -> dict[str, Any]:
    """Columns."""
    return {
        "kind": "columns",
        "labels": [row[0] for row in rows],
        "values": [row[2] for row in rows],
        "tips": [_("{span}：{n} 人").format(span=row[0], n=row[1]) for row in rows],
        "description": _("走完全程所用时间的分布；数值见下方表格。"),
    }


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One value of the breakdown. steps: people and share of entrants per step."""

    name: str
    steps: tuple[tuple[str, str], ...]
    whole: str
    bounds: str
    median: str
    part: float | None


def group_rows(answer: FunnelAnswer, names: Mapping[str, str]) -> list[GroupRow]:
    """Values of the breakdown; names: of values that are codes. Small groups are one at the end."""
    shown = [(g, r) for g, r in answer.groups if not is_small(r.people)]
    rows = [_group_row(group_words(g, names), r) for g, r in shown]
    few = [r.people for _g, r in answer.groups if is_small(r.people)]
    if few:
        cells = ((group(sum(few)), NOTHING), *((NOTHING, NOTHING) for _step in answer.reading.steps[1:]))
        rows.append(GroupRow(_("人数太少的 {n} 组").format(n=len(few)), cells, NOTHING, "", NOTHING, None))
    return rows


def _group_row(name: str, reading: FunnelReading) -> GroupRow:
    cells = tuple((group(s.people), NOTHING if is_small(s.people) else share(s.share)) for s in reading.steps)
    hidden = is_small(reading.converted)
    whole = None if hidden else reading.conversion
    return GroupRow(
        name, cells, share(whole.estimate) if whole else NOTHING, bounds_of(whole),
        NOTHING if hidden else lasting(reading.median), whole.estimate if whole else None,
    )  # fmt: skip
