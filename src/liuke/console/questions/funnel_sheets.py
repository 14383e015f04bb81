"""A funnel's answer as tables for files: numbers as they are, small groups hidden as on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from liuke.console.figures import group, is_small
from liuke.console.questions.files import Sheet
from liuke.console.questions.funnel_rows import bar_rows, group_rows
from liuke.console.reading.funnels import FunnelAnswer
from liuke.insight.funnel.reading import FunnelReading


def sheets_of(answer: FunnelAnswer, steps: Sequence[str], values: Mapping[str, str]) -> list[Sheet]:
    """steps: in words. values: names of the breakdown's values that are codes."""
    head = (_("步骤"), _("人数"), _("占进入"), _("占上一步"), _("区间下限"), _("区间上限"), _("中位用时(秒)"),
            _("九成用时(秒)"), _("时限未到"))  # fmt: skip
    made = [Sheet(_("漏斗"), head, _steps(answer.reading, steps))]
    if answer.before:
        made.append(Sheet(_("上期"), head, _steps(answer.before, steps)))
    made.append(_trend(answer))
    if rows := bar_rows(answer.reading):
        made.append(Sheet(_("用时分布"), (_("用时"), _("人数")), tuple((r[0], r[1]) for r in rows)))
    if answer.groups:
        shown = group_rows(answer, values)
        cells = tuple((r.name, *(c for step in r.steps for c in step), r.whole, r.median) for r in shown)
        names = tuple(text for step in steps for text in (step, _("占进入")))
        made.append(Sheet(_("分组"), (_("分组"), *names, _("总转化率"), _("全程用时中位数")), cells))
    return made


def _steps(reading: FunnelReading, names: Sequence[str]) -> tuple[tuple[Any, ...], ...]:
    rows: list[tuple[Any, ...]] = []
    previous = None
    for step, name in zip(reading.steps, names, strict=True):
        hidden = is_small(step.people) or is_small(reading.people)
        interval = None if hidden or is_small(previous) else step.from_previous
        told = (None,) * 3 if interval is None else (interval.estimate, interval.low, interval.high)
        times = (None, None) if hidden else (step.median, step.p90)
        rows.append((name, _count(step.people), None if hidden else step.share, *told, *times, _count(step.waiting)))
        previous = step.people
    return tuple(rows)


def _trend(answer: FunnelAnswer) -> Sheet:
    rows = tuple(
        (d.day.isoformat(), _count(d.people), _count(d.converted),
         None if is_small(d.people) or is_small(d.converted) else d.share, _count(d.waiting))
        for d in answer.trend
    )  # fmt: skip
    return Sheet(_("按进入日期"), (_("日期"), _("进入人数"), _("走完全程"), _("总转化率"), _("时限未到")), rows)


def _count(people: int) -> Any:
    """A number, but a small group only as such."""
    return group(people) if is_small(people) else people
