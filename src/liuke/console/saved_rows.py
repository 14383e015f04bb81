"""The effect board as page and report show it: figures as text with their intervals, small groups hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from liuke.console.figures import NOTHING, group, is_small, money, points, rounded, whole
from liuke.console.labels import Text
from liuke.console.reading.saved import Seen
from liuke.console.saved_words import DEFINITIONS, KIND_NAMES, FigureCode
from liuke.console.showing import locale
from liuke.stats.compare import Interval
from liuke.track.saved.board import SourceRow
from liuke.track.saved.reading import Reading
from liuke.track.saved.shrinking import GroupRow


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval. look: green or red where the interval leaves out zero (one for a return), else ''."""

    code: FigureCode
    label: Text
    value: str = NOTHING
    bounds: str = ""
    look: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table; cells in the order of its heads. hidden: too few people, then cells are empty."""

    key: str
    name: str
    kind: str
    treated: str
    held: str
    cells: tuple[Figure, ...]
    hidden: bool


def is_shown(reading: Reading) -> bool:
    """Whether both arms have people enough for figures to be told, or none at all."""
    return not is_small(reading.smaller_arm)


def headline(seen: Seen) -> tuple[Figure, ...]:
    """The figures at the head of the page. Saves and AUM are the last word's; its cost is that of the whole period."""
    board = seen.board
    reading, word = board.last_word, board.everybody
    if not is_shown(reading):
        few = _("人数太少，不显示")
        hidden: tuple[FigureCode, ...] = ("saves", "aum", "cost", "returned", "difference")
        return (*(Figure(code, DEFINITIONS[code].label, why=few) for code in hidden), _spent(board.spent))
    unripe = _("观察期未满，暂不可知")
    cost = board.spent if word else reading.cost
    return (
        _people("saves", reading.saves, unripe),
        _money("aum", reading.aum, unripe),
        _cost(reading, cost),
        _returned(reading, cost),
        _points("difference", reading.difference, unripe),
        _spent(board.spent),
    )


def source_lines(seen: Seen) -> list[Line]:
    """One per source: kind, arms, difference, saves, AUM, cost, cost per save, return."""
    return [_line(row, seen.name_of(row.source, locale())) for row in seen.board.sources]


def group_lines(rows: Sequence[GroupRow], names: Mapping[str, str]) -> list[Line]:
    """One per branch or RM: arms, raw difference, then difference, saves and AUM drawn towards the whole."""
    return [
        Line(
            row.key,
            names.get(row.key, row.key),
            "",
            group(row.raw.treated.measured),
            group(row.raw.holdout.measured),
            ()
            if row.hidden
            else (
                _points("groups", row.raw.difference),
                _points("groups", row.difference),
                _people("groups", row.saves),
                _money("groups", row.aum),
            ),
            row.hidden,
        )
        for row in rows
    ]


def steps_chart(seen: Seen) -> dict[str, Any]:
    """Cumulative saves for charts.js: labels, and per step value, low, high (null while there are too few) and tip."""
    points_of: list[tuple[date, Reading]] = (
        list(seen.board.everybody.days)
        if seen.board.everybody
        else [(step.begins, step.so_far) for step in seen.board.steps]
    )
    rows = [(day, reading.saves if is_shown(reading) else None, reading) for day, reading in points_of]
    weekly = seen.board.terms.asked.grain == "W" or bool(seen.board.everybody)
    return {
        "labels": [f"{day:%m-%d}" if weekly else f"{day:%Y-%m}" for day, _saves, _reading in rows],
        "values": [
            {"value": s.estimate, "low": s.low, "high": s.high} if s else {"value": None, "low": None, "high": None}
            for _day, s, _reading in rows
        ],
        "tips": [_tip(day, saves, reading) for day, saves, reading in rows],
        "description": _("累计净挽留客户与 95% 置信区间，按进入时间；数值见下方表格。"),
    }


def step_lines(seen: Seen) -> list[Line]:
    """One per week or month of entry, alone and so far; of the global hold-out one per month-end, so far only."""
    board = seen.board
    if board.everybody:
        return [_step_line(day, f"{day:%Y-%m-%d}", None, reading) for day, reading in board.everybody.days]
    form = "%Y-%m-%d" if board.terms.asked.grain == "W" else "%Y-%m"
    return [_step_line(s.begins, f"{s.begins:{form}}", s.alone, s.so_far) for s in board.steps]


def _step_line(begins: date, name: str, alone: Reading | None, so_far: Reading) -> Line:
    counted = alone or so_far
    cells = (
        _people("steps", alone.saves if alone and is_shown(alone) else None),
        _people("steps", so_far.saves if is_shown(so_far) else None),
        _money("steps", so_far.aum if is_shown(so_far) else None),
    )
    treated, held = group(counted.treated.measured), group(counted.holdout.measured)
    return Line(begins.isoformat(), name, "", treated, held, cells, hidden=False)


def total_figures(seen: Seen) -> tuple[Figure, ...]:
    """The customers counted once beside the sources' sum; empty where one source is asked for."""
    total, main = seen.board.total, seen.board.main
    once = main.saves if is_shown(main) else None
    return (_people("saves", once), _people("total", total.saves)) if total else ()


def _line(row: SourceRow, name: str) -> Line:
    reading, hidden = row.reading, not is_shown(row.reading)
    cells = (
        _points("difference", reading.difference),
        _people("saves", reading.saves),
        _money("aum", reading.aum),
        _spent(row.spent),
        _cost(reading, reading.cost),
        _returned(reading, reading.cost),
    )
    treated, held = group(reading.treated.measured), group(reading.holdout.measured)
    kind = str(KIND_NAMES[row.source.kind])
    return Line(row.source.experiment, name, kind, treated, held, () if hidden else cells, hidden)


def _tip(day: date, saves: Interval | None, reading: Reading) -> str:
    told = _people("steps", saves)
    arms = _("干预 {t} 户 · 对照 {h} 户").format(t=group(reading.treated.measured), h=group(reading.holdout.measured))
    return f"{day:%Y-%m-%d}\n{told.label}  {told.value}  {told.bounds}\n{arms}"


def _people(code: FigureCode, interval: Interval | None, why: str = "") -> Figure:
    return _figure(code, interval, whole, why)


def _money(code: FigureCode, interval: Interval | None, why: str = "") -> Figure:
    return _figure(code, interval, money, why)


def _points(code: FigureCode, interval: Interval | None, why: str = "") -> Figure:
    return _figure(code, interval, points, why, unit=" pp")


def _figure(
    code: FigureCode, interval: Interval | None, write: Any, why: str, *, unit: str = "", bar: float = 0
) -> Figure:  # fmt: skip
    label = DEFINITIONS[code].label
    if interval is None:
        return Figure(code, label, why=why)
    look = "green" if interval.low > bar else "red" if interval.high < bar else ""
    return Figure(code, label, f"{write(interval.estimate)}{unit}", _bounds(interval, write), look)


def _bounds(interval: Interval, write: Any) -> str:
    return f"[{write(interval.low)}, {write(interval.high)}]"


def _spent(spent: float | None) -> Figure:
    return Figure("spent", DEFINITIONS["spent"].label, money(spent), why=_("有价格不可知") if spent is None else "")


def _cost(reading: Reading, cost: float | None) -> Figure:
    label, found = DEFINITIONS["cost"].label, reading.per_save(cost)
    if found:
        return Figure("cost", label, money(found.estimate), _bounds(found, money))
    why = _("有价格不可知") if cost is None else _("净挽留与 0 分不开，成本不可知") if reading.saves else ""
    return Figure("cost", label, why=why)


def _returned(reading: Reading, cost: float | None) -> Figure:
    return _figure("returned", reading.per_cost(cost), _times, "", bar=1)


def _times(value: float) -> str:
    return f"{rounded(value, 1 if abs(value) < 100 else 0):,}×"
