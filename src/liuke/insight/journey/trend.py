"""The course of a journey over the days of entry, and two periods beside each other."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, Final

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.durations import Every
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.counts import pain_of_counts, stage_counts
from liuke.insight.journey.journey_map import TrendPoint
from liuke.insight.journey.pain import mean_pain

_UNITS: Final = {"week": "W", "month": "M"}


def journey_trend(engine: Engine, found: Cases, every: Every = "day") -> tuple[TrendPoint, ...]:
    """By day of entry, or by the first day of its week (Monday) or month; spans that nobody entered are left out."""
    cases = found.cases.mutate(span=_span(found.cases, every))
    whole = cases.group_by("span").aggregate(
        cases=cases.count(), succeeded=(cases.ended == "success").sum(), waiting=(cases.ended == "waiting").sum()
    )
    stages = found.stages.mutate(span=_span(found.stages, every))
    counted = stages.group_by("span", "stage").aggregate(**stage_counts(stages))
    pains: dict[date, list[tuple[int, Any]]] = defaultdict(list)
    for row in sorted(engine.arrow(counted).to_pylist(), key=lambda row: row["stage"]):
        pains[row["span"]].append((row["cases"], pain_of_counts(found, row["stage"], row)))
    return tuple(
        TrendPoint(row["span"], row["cases"], row["succeeded"], row["waiting"], mean_pain(pains[row["span"]]))
        for row in engine.arrow(whole.order_by("span")).to_pylist()
    )


def _span(rows: ir.Table, every: Every) -> ir.Value:
    return rows.day if every == "day" else rows.day.truncate(_UNITS[every]).cast("date")
