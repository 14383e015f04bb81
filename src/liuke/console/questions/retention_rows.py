"""What retention came to, as a heat map, a curve, and tables: small cohorts without figures, unripe cells marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from liuke.console.figures import NOTHING, count, group, is_small, points, share
from liuke.console.questions.files import Sheet
from liuke.console.questions.funnel_rows import bounds_of, look_of
from liuke.console.questions.words import group_words
from liuke.console.reading.retentions import RetentionAnswer
from liuke.insight.retention.reading import Cell, RetentionReading
from liuke.stats.compare import Interval

_SHADES = 10


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell. shade: 0..10 of the colour; told: what is read out; ripe: its period is over for all."""

    period: int
    text: str
    shade: int
    ripe: bool
    told: str
    value: float | None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One cohort."""

    number: int
    begins: str
    people: str
    cells: tuple[HeatCell, ...]


def heat_rows(reading: RetentionReading) -> list[HeatRow]:
    """Every cohort with the periods that have begun; a cohort that is too small has no shares."""
    cells: dict[int, list[Cell]] = {}
    for cell in reading.cells:
        cells.setdefault(cell.cohort.number, []).append(cell)
    return [
        HeatRow(
            cohort.number, cohort.first.isoformat(), group(people),
            tuple(_heat(cell) for cell in cells.get(cohort.number, ())),
        )
        for cohort, people in reading.cohorts
        if people
    ]  # fmt: skip


def _heat(cell: Cell) -> HeatCell:
    hidden = is_small(cell.people) or is_small(cell.returned)
    value = None if hidden else cell.share
    text = NOTHING if value is None else share(value, 0)
    said = _("{n} 人中 {m} 人，{share}").format(n=group(cell.people), m=group(cell.returned), share=share(value))
    if not cell.is_mature:
        said += _("，未满期")
    return HeatCell(cell.period, text, round((value or 0) * _SHADES), cell.is_mature, said, value)


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period over all ripe cohorts. change: against the period before, with its interval; look: better, worse or ''
    where the interval holds zero.
    """

    period: str
    cohorts: str
    people: str
    retained: str
    bounds: str
    churned: str
    survival: str
    survival_bounds: str
    before: str
    change: str
    change_bounds: str
    look: str


def period_rows(answer: RetentionAnswer, every: str) -> list[PeriodRow]:
    """The mean, its mirror, and survival beside it."""
    reading, earlier = answer.reading, _told(answer.before)
    changes = dict(zip((p.period for p in reading.curve), answer.changes, strict=False))
    lasting = {one.period: one for one in reading.survival}
    rows = []
    for point in reading.curve:
        hidden = is_small(point.people) or is_small(point.returned)
        kept = None if hidden else point.retained
        lost = None if hidden else point.churned
        alive = lasting.get(point.period)
        told = alive.survival if alive and not is_small(alive.at_risk) else None
        then = earlier.get(point.period)
        change = changes.get(point.period) if kept and then else None
        rows.append(
            PeriodRow(
                period_words(every, point.period), count(point.cohorts), group(point.people),
                share(kept.estimate) if kept else NOTHING, bounds_of(kept), share(lost.estimate) if lost else NOTHING,
                share(told.estimate) if told else NOTHING, bounds_of(told), share(then.estimate) if then else NOTHING,
                points(change.estimate) if change else "",
                f"[{points(change.low)}, {points(change.high)}]" if change else "", look_of(change),
            )
        )  # fmt: skip
    return rows


def period_words(every: str, number: int) -> str:
    """第 3 周."""
    words = {"day": _("第 {n} 天"), "week": _("第 {n} 周"), "month": _("第 {n} 月")}
    return words[every].format(n=number)


def _told(reading: RetentionReading | None) -> dict[int, Interval]:
    """The mean by period, where it may be told."""
    found = reading.curve if reading else ()
    return {p.period: p.retained for p in found if p.retained and not is_small(p.people) and not is_small(p.returned)}


def curve_chart(answer: RetentionAnswer, rows: Sequence[PeriodRow]) -> dict[str, Any]:
    """The mean with its band, and survival as a second line; the mean of the period before, where it was asked."""
    reading, kept, earlier = answer.reading, _told(answer.reading), _told(answer.before)
    alive = {one.period: one.survival for one in reading.survival if not is_small(one.at_risk)}
    return {
        "kind": "bands",
        "labels": [row.period for row in rows],
        "lines": [
            {"name": _("留存率"), "points": [_point(kept.get(p.period)) for p in reading.curve]},
            {"name": _("一直没有流失"), "points": [_point(alive.get(p.period)) for p in reading.curve], "dashed": True},
            *([{"name": _("上期留存率"), "points": [_point(earlier.get(p.period)) for p in reading.curve]}]
              if answer.before else []),
        ],
        "tips": [
            f"{row.period}\n" + _("留存 {share} {bounds}").format(share=row.retained, bounds=row.bounds) + "\n"
            + _("流失 {share}").format(share=row.churned) + "\n"
            + _("一直没有流失 {share}").format(share=row.survival)
            + ("\n" + _("上期留存 {share}").format(share=row.before) if answer.before else "")
            for row in rows
        ],
        "description": _("各期的加权平均留存率与 95% 区间，虚线为一直没有流失的比例；数值见下方表格。"),
    }  # fmt: skip


def _point(one: Interval | None) -> dict[str, float | None]:
    if one is None:
        return {"value": None, "low": None, "high": None}
    return {"value": one.estimate, "low": one.low, "high": one.high}


def headline(reading: RetentionReading, every: str) -> list[tuple[str, str, str]]:
    """The tiles: label, figure, remark."""
    shown = [
        p for p in reading.curve if p.period and p.retained and not is_small(p.people) and not is_small(p.returned)
    ]
    first, last = (shown[0], shown[-1]) if shown else (None, None)
    tiles = [
        (_("进入人次"), group(reading.people), _("{n} 批").format(n=sum(1 for _c, n in reading.cohorts if n))),
    ]  # fmt: skip
    for point in (first, last) if last is not first else (first,):
        if point and point.retained:
            label = _("{period}留存率").format(period=period_words(every, point.period))
            tiles.append((label, share(point.retained.estimate), bounds_of(point.retained)))
    alive = [one for one in reading.survival if not is_small(one.at_risk)]
    if alive:
        label = _("到{period}一直没有流失").format(period=period_words(every, alive[-1].period))
        tiles.append((label, share(alive[-1].survival.estimate), bounds_of(alive[-1].survival)))
    return tiles


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One value of the breakdown: people who entered, and the mean by period."""

    name: str
    people: str
    cells: tuple[HeatCell, ...]


def group_rows(answer: RetentionAnswer, names: Mapping[str, str]) -> list[GroupRow]:
    """Values of the breakdown; small ones are one row without figures."""
    rows = [
        GroupRow(group_words(g, names), group(r.people), tuple(_mean(p) for p in r.curve))
        for g, r in answer.groups
        if not is_small(r.people)
    ]
    few = [r.people for _g, r in answer.groups if is_small(r.people)]
    if few:
        rows.append(GroupRow(_("人数太少的 {n} 组").format(n=len(few)), group(sum(few)), ()))
    return rows


def _mean(point: Any) -> HeatCell:
    hidden = point.retained is None or is_small(point.people) or is_small(point.returned)
    value = None if hidden else point.retained.estimate
    text = NOTHING if value is None else share(value, 0)
    return HeatCell(point.period, text, round((value or 0) * _SHADES), True, share(value), value)


def sheets_of(answer: RetentionAnswer, names: Mapping[str, str], every: str) -> list[Sheet]:
    """The same as tables for files."""
    reading = answer.reading
    widest = max((cell.period for cell in reading.cells), default=0)
    head = (_("进入批"), _("人数"), *(period_words(every, n) for n in range(widest + 1)))
    rows = tuple((r.begins, r.people, *(cell.value for cell in r.cells)) for r in heat_rows(reading))
    means = tuple(
        (
            r.period,
            r.cohorts,
            r.people,
            r.retained,
            r.bounds,
            r.churned,
            r.survival,
            r.survival_bounds,
            *((r.before, r.change, r.change_bounds) if answer.before else ()),
        )
        for r in period_rows(answer, every)
    )
    titles = (
        _("期"),
        _("批数"),
        _("人数"),
        _("留存率"),
        _("区间"),
        _("流失率"),
        _("一直没有流失"),
        _("区间"),
        *((_("上期留存率"), _("与上期之差"), _("区间")) if answer.before else ()),
    )
    made = [Sheet(_("各批留存"), head, rows), Sheet(_("平均与流失"), titles, means)]
    if answer.groups:
        cells = tuple((r.name, r.people, *(cell.value for cell in r.cells)) for r in group_rows(answer, names))
        made.append(Sheet(_("分组"), (_("分组"), _("人数"), *head[2:]), cells))
    return made
