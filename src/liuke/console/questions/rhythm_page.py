"""分布与节奏: how often, on how many days, at which hours people do something, how sticky, how large a number is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from liuke.console.figures import NOTHING, group, is_small, rounded, share
from liuke.console.questions import happenings
from liuke.console.questions.asking_page import QuestionPage
from liuke.console.questions.fields import WHOM, Fields
from liuke.console.questions.files import Sheet
from liuke.console.questions.frame import tokens
from liuke.console.questions.funnel_builder import suggested
from liuke.console.questions.funnel_form import form_of, written_steps
from liuke.console.questions.retention_rows import HeatCell
from liuke.console.questions.whom import unit_of
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.rhythms import RhythmAnswer, RhythmQuestion, rhythm_answer
from liuke.console.reading.rule_bench import bench
from liuke.errors import YourMistake, coded
from liuke.insight.rhythm.asked import Deed
from liuke.insight.rhythm.distribution import CountReading, NumberReading
from liuke.insight.rhythm.week_hours import WeekHour
from liuke.insight.rules.rows import PROPERTY
from liuke.insight.rules.vocabulary import FACTS
from liuke.yaml_file import parse_yaml

NAMES: Final = (*WHOM, *happenings.NAMES, "number")


def question_of(fields: Fields) -> RhythmQuestion:
    """What the fields ask. Raises YourMistake with every mistake."""
    form = form_of(fields)
    if not form.steps:
        raise YourMistake(coded("field_missing", "what is done is missing"), then="choose what is done")
    written = {"what": written_steps(form)[0], "unit": unit_of(fields)}
    deed = parse_yaml(yaml.safe_dump(written, allow_unicode=True), Deed, "rhythm")
    kind, _colon, number = fields.one("number").partition(":")
    known = kind in ("column", "property") and re.fullmatch(PROPERTY, number) is not None
    return RhythmQuestion(deed, kind if known else "", number if known else "")


def _usual(fields: Fields, seen: Sequence[Seen]) -> Fields:
    found = tokens(seen)[:1] or ["event:"]
    return Fields({**fields.values, "step": (found[0],)})


def _settings(fields: Fields) -> dict[str, Any]:
    token = (*form_of(fields).steps, "event:")[0]
    did = token.partition(":")[0]
    facts = FACTS.get(did)
    known = suggested(token, bench().catalogue)
    columns = {n for n, kind in facts.kinds.items() if kind == "number"} if facts else set()
    offered = [(f"column:{n}", said) for n, said in known if n in columns]
    if facts is not None and facts.properties is not None:
        offered += [(f"property:{n}", said) for n, said in known if n not in facts.kinds]
    chosen = fields.one("number")
    if chosen and chosen not in dict(offered):
        offered.append((chosen, chosen.partition(":")[2]))
    return {"numbers": offered, "number": chosen}


def _shown(found: RhythmAnswer, fields: Fields) -> dict[str, Any]:
    times, days = _bars(found.times), _bars(found.days)
    sizes = _sizes(found.sizes) if found.sizes else []
    active = _active(found)
    return {
        "tiles": _tiles(found),
        "active": active,
        "active_chart": _active_chart(found, active) if len(active) > 1 else None,
        "times": times,
        "times_chart": _columns(times, _("每人次数的分布；数值见下方表格。")) if times else None,
        "days": days,
        "days_chart": _columns(days, _("每人活跃天数的分布；数值见下方表格。")) if days else None,
        "sizes": sizes,
        "sizes_chart": _columns(sizes, _("数值大小的分布；数值见下方表格。")) if sizes else None,
        "size_tiles": _size_tiles(found.sizes) if found.sizes else [],
        "week": _week(found.hours),
        "hours": range(24),
    }


def _tiles(found: RhythmAnswer) -> list[tuple[str, str, str]]:
    times, hidden = found.times, is_small(found.times.people)
    sticky = [d.stickiness for d in found.active if d.stickiness is not None and not is_small(d.monthly)]
    mean = None if hidden else times.mean
    return [
        (_("做过的人"), group(times.people), ""),
        (_("每人次数"), NOTHING if mean is None else str(rounded(mean, 1)),
         "" if hidden or times.median is None else _("中位 {a}，九成不超过 {b}").format(a=times.median, b=times.p90)),
        (_("每人活跃天数"), NOTHING if hidden or found.days.mean is None else str(rounded(found.days.mean, 1)), ""),
        (_("日活 / 月活"), share(sum(sticky) / len(sticky)) if sticky else NOTHING, _("各日平均") if sticky else ""),
    ]  # fmt: skip


def _bars(reading: CountReading) -> list[tuple[str, str, int | None]]:
    return [
        (_span(bar.first, bar.last), group(bar.people), None if is_small(bar.people) else bar.people)
        for bar in reading.bars
    ]


def _span(first: int, last: int | None) -> str:
    if last is None:
        return f"≥ {first}"
    return str(first) if first == last else f"{first}–{last}"


def _sizes(reading: NumberReading) -> list[tuple[str, str, int | None]]:
    return [
        (f"≥ {bar.above:g}" if bar.below is None else f"{bar.above:g} – {bar.below:g}", group(bar.values),
         None if is_small(bar.values) else bar.values)
        for bar in reading.bars
    ]  # fmt: skip


def _size_tiles(reading: NumberReading) -> list[tuple[str, str]]:
    hidden = is_small(reading.values)
    told = [(_("平均值"), reading.mean), (_("中位数"), reading.median), (_("九成不超过"), reading.p90)]
    return [
        (_("有数值的记录"), group(reading.values)),
        *((label, NOTHING if hidden or value is None else f"{value:,.6g}") for label, value in told),
    ]


def _columns(rows: Sequence[tuple[str, str, int | None]], description: str) -> dict[str, Any]:
    return {
        "kind": "columns",
        "labels": [row[0] for row in rows],
        "values": [row[2] for row in rows],
        "tips": [f"{row[0]}\n{row[1]}" for row in rows],
        "description": description,
    }


def _active(found: RhythmAnswer) -> list[tuple[str, str, str, str, str]]:
    return [
        (d.day.isoformat(), group(d.daily), _floor(d.weekly, whole=d.is_week_whole),
         _floor(d.monthly, whole=d.is_month_whole), share(None if is_small(d.daily) else d.stickiness))
        for d in found.active
    ]  # fmt: skip


def _floor(people: int, *, whole: bool) -> str:
    """A count; where facts do not reach back so far at least so many."""
    return group(people) if whole or is_small(people) else f"≥ {group(people)}"


def _active_chart(found: RhythmAnswer, rows: Sequence[tuple[str, str, str, str, str]]) -> dict[str, Any]:
    def line(name: str, counts: Sequence[int]) -> dict[str, Any]:
        return {"name": name, "values": [None if is_small(n) else n for n in counts]}

    return {
        "kind": "counts",
        "labels": [row[0] for row in rows],
        "lines": [
            line(_("月活"), [d.monthly for d in found.active]),
            line(_("周活"), [d.weekly for d in found.active]),
            line(_("日活"), [d.daily for d in found.active]),
        ],
        "tips": [
            "\n".join((row[0], f"{_('日活')}  {row[1]}", f"{_('周活')}  {row[2]}", f"{_('月活')}  {row[3]}",
                       f"{_('日活 / 月活')}  {row[4]}"))
            for row in rows
        ],
        "description": _("每日、近 7 天、近 30 天的活跃人数；数值见下方表格。"),
    }  # fmt: skip


def _week(hours: Sequence[WeekHour]) -> list[tuple[str, list[HeatCell]]]:
    """Weekdays with their hours; the colour is people relative to the fullest hour."""
    most = max((h.people for h in hours), default=0) or 1
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    rows: list[tuple[str, list[HeatCell]]] = [(name, []) for name in names]
    for h in hours:
        small = is_small(h.people)
        text = "" if not h.people else group(h.people)
        said = _("{day} {hour} 时，{n} 人").format(day=names[h.weekday], hour=h.hour, n=group(h.people))
        shade = 0 if small else round(10 * h.people / most)
        rows[h.weekday][1].append(HeatCell(h.hour, text, shade, True, said, None if small else h.people))
    return rows


def _sheets(found: RhythmAnswer, fields: Fields) -> list[Sheet]:
    head = (_("日期"), _("日活"), _("周活"), _("月活"), _("日活 / 月活"))
    made = [
        Sheet(_("活跃人数"), head, tuple(_active(found))),
        Sheet(_("每人次数"), (_("次数"), _("人数")), tuple((a, b) for a, b, _h in _bars(found.times))),
        Sheet(_("每人活跃天数"), (_("天数"), _("人数")), tuple((a, b) for a, b, _h in _bars(found.days))),
        Sheet(_("星期与时段"), (_("星期"), *(str(h) for h in range(24))),
              tuple((name, *(cell.text for cell in cells)) for name, cells in _week(found.hours))),
    ]  # fmt: skip
    if found.sizes:
        rows = tuple((a, b) for a, b, _h in _sizes(found.sizes))
        made.append(Sheet(_("数值大小"), (_("数值"), _("记录数")), rows))
    return made


PAGE: Final = QuestionPage("distribution", NAMES, _usual, _settings, question_of, rhythm_answer, _shown, _sheets)
