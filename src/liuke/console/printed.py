"""Pictures for paper: lines with bands as SVG numbers, drawn on the server, so that a printed page needs no script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from liuke.console.graphics import band, path, rule_distance

_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 28.0, 10.0, 24.0
_TICK_WIDTH: Final = 110


@dataclass(frozen=True, slots=True)
class Lined:
    """One line with its band. band: path data of the closed area; look: a class of report.css."""

    line: str
    band: str
    look: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A box of width × height. levels: (y, value); ticks: (x, text); zero: y of zero, None when it is outside."""

    width: int
    height: int
    lines: tuple[Lined, ...]
    levels: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float | None


Points = Sequence[Mapping[str, Any]]
"""Of each place along the x axis: value, low, high, all None where nothing is known."""


def picture(labels: Sequence[str], series: Mapping[str, Points], width: int = 680, height: int = 220) -> Picture | None:
    """The series over the labels; None while fewer than two points of any are known."""
    known = [p for points in series.values() for p in points if p["value"] is not None]
    if len(labels) < 2 or len(known) < 2:
        return None
    low, high = float(min(p["low"] for p in known)), float(max(p["high"] for p in known))
    step = rule_distance((high - low) or 1.0)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    floor, tall, wide = height - _BOTTOM, height - _BOTTOM - _TOP, width - _LEFT - _RIGHT

    def x(place: int) -> float:
        return round(_LEFT + wide * place / (len(labels) - 1), 1)

    def y(value: float) -> float:
        return round(floor - tall * (value - low) / ((high - low) or 1.0), 1)

    made = tuple(_lined(points, look, x, y) for look, points in series.items())
    ticks = max(2, round(wide / _TICK_WIDTH))
    marks = sorted({round(i * (len(labels) - 1) / (ticks - 1)) for i in range(ticks)})
    levels = tuple((y(low + n * step), low + n * step) for n in range(round((high - low) / step) + 1))
    return Picture(
        width, height, made, levels, tuple((x(i), labels[i]) for i in marks), y(0) if low < 0 < high else None
    )


def _lined(points: Points, look: str, x: Any, y: Any) -> Lined:
    known = [(x(i), p) for i, p in enumerate(points) if p["value"] is not None]
    line = path((at, y(p["value"])) for at, p in known)
    return Lined(line, band([(at, y(p["low"]), y(p["high"])) for at, p in known]), look)
