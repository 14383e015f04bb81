"""The course of a journey over the days of entry."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from liuke.insight.behaviour.durations import Every
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.columns import REACHED
from liuke.insight.journey.counts import pain_of_counts
from liuke.insight.journey.journey_map import TrendPoint
from liuke.insight.journey.loops import OPEN, SUCCESS
from liuke.insight.journey.pain import mean_pain


def journey_trend(found: Cases, every: Every = "day") -> tuple[TrendPoint, ...]:
    """By day of entry, or by the first day of its week (Monday) or month; spans that nobody entered are left out."""
    spans: dict[date, list[int]] = {}
    for place in found.told.days.sum(axis=1).nonzero()[0]:
        spans.setdefault(_span(found.first + timedelta(days=int(place)), every), []).append(int(place))
    return tuple(_point(found, day, spans[day]) for day in sorted(spans))


def _point(found: Cases, day: date, places: list[int]) -> TrendPoint:
    """places: its days."""
    ends = found.told.days[places].sum(axis=0)
    stages: Any = found.told.counts[places].sum(axis=0)
    pain = mean_pain((int(counts[REACHED]), pain_of_counts(found, k, counts)) for k, counts in enumerate(stages))
    return TrendPoint(day, int(ends.sum()), int(ends[SUCCESS]), int(ends[OPEN]), pain)


def _span(day: date, every: Every) -> date:
    if every == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every == "month" else day
