"""Intervals over time and plans as SVG numbers, drawn on the server: the same on the page and on paper, no script."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from liuke.console.graphics import band, path, rule_distance
from liuke.track.experiments.kept_readings import Kept

_LEFT: Final = 62.0
_RIGHT: Final = 16.0
_TOP: Final = 14.0
_BOTTOM: Final = 26.0
Place = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Picture:
    """A box of width × height. band: the always-valid interval; low, high: ends of the fixed one; line: estimates or
    the first curve. dots: (x, y) of single days. levels: (y, text), ticks: (x, text). zero, wanted: y of zero and of
    the difference wanted; planned: x of the planned end. None where it is outside.
    """

    width: int
    height: int
    band: str
    low: str
    high: str
    line: str
    dots: tuple[tuple[float, float], ...]
    levels: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float | None
    wanted: float | None
    planned: float | None

    @property
    def floor(self) -> float:
        """Y of the bottom of the drawing."""
        return self.height - _BOTTOM

    @property
    def left(self) -> float:
        """X of its left edge."""
        return _LEFT

    @property
    def right(self) -> float:
        """X of its right edge."""
        return self.width - _RIGHT


def over_time(
    said: Sequence[Kept], told: Callable[[float], str], planned: date | None, width: int = 1080, height: int = 280
) -> Picture | None:
    """What was said of one metric on each day; None while nothing was. told: a difference in words."""
    known = [s for s in said if s.estimate is not None]
    if not known:
        return None
    first, last = said[0].day, max(said[-1].day, planned or said[-1].day)
    span = max((last - first).days, 1)
    values = [v for s in known for v in (s.estimate, s.low, s.high, s.fixed_low, s.fixed_high) if v is not None]
    x, y, levels = _scales(min(*values, 0.0), max(*values, 0.0), span, told, width, height)
    at = [(x((s.day - first).days), s) for s in known]
    wide = [(place, s.low, s.high) for place, s in at if s.low is not None and s.high is not None]
    return Picture(
        width=width,
        height=height,
        band=_band([(p, y(low), y(high)) for p, low, high in wide]),
        low=path([(p, y(s.fixed_low)) for p, s in at if s.fixed_low is not None]),
        high=path([(p, y(s.fixed_high)) for p, s in at if s.fixed_high is not None]),
        line=path([(p, y(s.estimate)) for p, s in at if s.estimate is not None]),
        dots=tuple((p, y(s.estimate)) for p, s in at if s.estimate is not None) if len(at) < 40 else (),
        levels=levels,
        ticks=tuple((x(n), f"{date.fromordinal(first.toordinal() + n):%m-%d}") for n in _marks(span)),
        zero=y(0.0),
        wanted=None,
        planned=x((planned - first).days) if planned and planned >= first else None,
    )


def plan_curve(
    points: Sequence[tuple[int, float | None, float | None]], mde: float, days: int | None,
    told: Callable[[float], str], width: int = 560, height: int = 230,
) -> Picture | None:  # fmt: skip
    """Days against the smallest difference that would be seen: always-valid as the line, fixed as `low`."""
    known = [(day, wide, fixed) for day, wide, fixed in points if wide is not None or fixed is not None]
    if len(known) < 2:
        return None
    last = max(known[-1][0], 1)
    top = max(min(max(v for _, *pair in known for v in pair if v is not None), 6 * mde), mde * 1.2)
    x, y, levels = _scales(0.0, top, last, told, width, height)

    def line(which: int) -> str:
        return path([(x(p[0]), y(min(v, top))) for p in known if (v := p[which]) is not None])

    return Picture(
        width, height, "", line(2), "", line(1), (), levels, tuple((x(n), str(n)) for n in _marks(last)), None, y(mde),
        x(days) if days is not None and days <= last else None,
    )  # fmt: skip


def _scales(
    low: float, high: float, span: float, told: Callable[[float], str], width: int, height: int
) -> tuple[Place, Place, tuple[tuple[float, str], ...]]:  # fmt: skip
    step = rule_distance((high - low) or 1.0)
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    high = high if high > low else low + step

    def x(place: float) -> float:
        return round(_LEFT + (width - _LEFT - _RIGHT) * place / span, 1)

    def y(value: float) -> float:
        return round(height - _BOTTOM - (height - _BOTTOM - _TOP) * (value - low) / (high - low), 1)

    steps = round((high - low) / step)
    return x, y, tuple((y(low + n * step), told(low + n * step)) for n in range(steps + 1))


def _marks(span: int) -> list[int]:
    return sorted({round(n * span / 5) for n in range(6)})


def _band(places: Sequence[tuple[float, float, float]]) -> str:
    if len(places) == 1:  # one day has no width of its own
        x, low, high = places[0]
        return band([(x - 3, low, high), (x + 3, low, high)])
    return band(places)
