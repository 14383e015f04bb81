"""Small pictures as SVG numbers, drawn on the server: they need no script and pass the strict policy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Curve:
    """A line and the area under it, as SVG path data in a box of width × height.

    ticks: (x, text) along the bottom; levels: (y, value) of the horizontal rules.
    """

    width: int
    height: int
    line: str
    area: str
    ticks: tuple[tuple[float, str], ...] = ()
    levels: tuple[tuple[float, float], ...] = ()
    end: tuple[float, float] = (0, 0)


def sparkline(values: Sequence[float], width: int = 200, height: int = 34) -> Curve | None:
    """A line that fills the box; None for fewer than two values."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    places = [
        (width * i / (len(values) - 1), 4 + (height - 10) * (1 - (v - low) / span) if high > low else height / 2)
        for i, v in enumerate(values)
    ]
    return _curve(places, width, height, height)


def asset_curve(days: Sequence[date], values: Sequence[float], width: int = 640, height: int = 190) -> Curve | None:
    """A curve from zero with date ticks and value rules; None for fewer than two days.

    days: ascending, same length as values.
    """
    if len(days) < 2:
        return None
    left, bottom, top = 66.0, height - 22.0, 12.0
    high = _round_up(max(*values, 1.0))
    first, span = days[0].toordinal(), max(1, days[-1].toordinal() - days[0].toordinal())
    x = [left + (width - left - 6) * (d.toordinal() - first) / span for d in days]
    y = [bottom - (bottom - top) * v / high for v in values]
    marks = sorted({round(i * (len(days) - 1) / 4) for i in range(5)})
    ticks = tuple((round(x[i], 1), f"{days[i]:%m-%d}") for i in marks)
    levels = tuple((round(bottom - (bottom - top) * part, 1), high * part) for part in (0.0, 0.5, 1.0))
    made = _curve(list(zip(x, y, strict=True)), width, height, bottom)
    return Curve(width, height, made.line, made.area, ticks, levels, made.end)


@dataclass(frozen=True, slots=True)
class Whisker:
    """An interval beside zero in a box of 100 × 20: places along the width."""

    low: float
    high: float
    middle: float
    zero: float


def whisker(low: float, high: float, middle: float) -> Whisker:
    """The interval and zero, with room at both ends."""
    reach = max(abs(low), abs(high), 1e-9) * 1.15

    def at(value: float) -> float:
        return round(50 + 50 * value / reach, 2)

    return Whisker(at(low), at(high), at(middle), at(0))


def path(places: Iterable[tuple[float, float]]) -> str:
    """Path data of the line through the places; '' for none."""
    points = "L".join(f"{x} {y}" for x, y in places)
    return f"M{points}" if points else ""


def band(places: Sequence[tuple[float, float, float]]) -> str:
    """Path data of the closed area between low and high, of places as (x, low, high); '' for none."""
    edge = [(x, high) for x, _low, high in places] + [(x, low) for x, low, _high in reversed(places)]
    return f"{path(edge)}Z" if edge else ""


def rule_distance(span: float) -> float:
    """A round distance between rules: some four to a picture."""
    size = 10.0 ** math.floor(math.log10(span / 4))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= span / 4)


def arc(part: float, radius: float = 44, centre: tuple[float, float] = (54, 54)) -> str:
    """Path data of a half circle from the left over the top, filled to `part` (0..1)."""
    angle = math.pi * (1 - max(0.0, min(1.0, part)))
    x, y = centre[0] + radius * math.cos(angle), centre[1] - radius * math.sin(angle)
    return f"M{centre[0] - radius:g} {centre[1]:g}A{radius:g} {radius:g} 0 0 1 {x:.1f} {y:.1f}"


def _curve(places: list[tuple[float, float]], width: int, height: int, floor: float) -> Curve:
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    area = f"{line}L{places[-1][0]:.1f} {floor:.1f}L{places[0][0]:.1f} {floor:.1f}Z"
    return Curve(width, height, line, area, end=places[-1])


def _round_up(value: float) -> float:
    size = 10.0 ** math.floor(math.log10(value))
    return next(size * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size * step >= value)
