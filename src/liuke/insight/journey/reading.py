"""What a journey says of the cases that entered in a period: the whole, its stages, and all that lies between."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.counts import pain_of_counts, stage_counts
from liuke.insight.journey.journey_map import JourneyMap, StageReading
from liuke.insight.journey.lags import status_lags
from liuke.insight.journey.pain import mean_pain
from liuke.insight.journey.touchpoints import hand_overs, touchpoints
from liuke.stats.compare import proportion


def read_journey(engine: Engine, found: Cases) -> JourneyMap:
    """The map of the journey: small values only, however many cases."""
    ends = _ends(engine, found)
    stages = _stages(engine, found, ends)
    [whole] = engine.arrow(
        found.cases.aggregate(people=found.cases.who.nunique(), **_times(_way(found.cases)))
    ).to_pylist()
    by_end: Counter[str] = Counter()
    for (end, _), cases in ends.items():
        by_end[end] += cases
    cases, waiting = by_end.total(), by_end["waiting"]
    return JourneyMap(
        code=found.journey.code, cases=cases, people=whole["people"] or 0, succeeded=by_end["success"],
        rejected=by_end["rejected"], withdrawn=by_end["withdrawn"], abandoned=by_end["abandoned"], waiting=waiting,
        joined_midway=found.joined_midway, share=proportion(by_end["success"], cases - waiting),
        median_s=seconds(whole["median"]), p90_s=seconds(whole["p90"]),
        pain=mean_pain((stage.cases, stage.pain) for stage in stages), stages=stages,
        touchpoints=touchpoints(engine, found), hand_overs=hand_overs(engine, found), lags=status_lags(engine, found),
        notes=found.notes,
    )  # fmt: skip


def _ends(engine: Engine, found: Cases) -> Counter[tuple[str, int]]:
    """Cases by how they ended and the latest stage to which they got, -1 for none."""
    rows = found.cases.group_by("ended", "furthest").aggregate(n=found.cases.count())
    told: Counter[tuple[str, int]] = Counter()
    for row in engine.arrow(rows).to_pylist():
        told[row["ended"], -1 if row["furthest"] is None else row["furthest"]] += row["n"]
    return told


def _way(cases: ir.Table) -> ir.FloatingValue:
    """Seconds from entry to success."""
    done = cases.ended_at.delta(cases.entered_at, unit="microsecond").cast("float64") / 1e6
    return (cases.ended == "success").ifelse(done, None)


def _times(value: ir.FloatingValue) -> dict[str, ir.Value]:
    return {"median": value.quantile(0.5), "p90": value.quantile(0.9)}


def seconds(value: float | None) -> float | None:
    """To the millisecond: engines interpolate quantiles with different last digits."""
    return None if value is None else round(value, 3)


def _stages(engine: Engine, found: Cases, ends: Counter[tuple[str, int]]) -> tuple[StageReading, ...]:
    rows = engine.arrow(found.stages.group_by("stage").aggregate(**stage_counts(found.stages))).to_pylist()
    took = found.visits.took.cast("float64") / 1e6
    times = engine.arrow(found.visits.group_by("stage").aggregate(**_times(took))).to_pylist()
    counts, timed = ({row["stage"]: row for row in each} for each in (rows, times))
    return tuple(
        _stage(found, place, counts.get(place), timed.get(place, {}), _beyond(ends, place))
        for place in range(len(found.journey.spec.stages))
    )


def _beyond(ends: Counter[tuple[str, int]], place: int) -> int:
    """Cases that got further than the stage."""
    return sum(cases for (end, furthest), cases in ends.items() if end == "success" or furthest > place)


def _stage(
    found: Cases, place: int, row: dict[str, Any] | None, times: dict[str, Any], beyond: int
) -> StageReading:  # fmt: skip
    spec, known = found.journey.spec, row or dict.fromkeys(stage_counts(found.stages), 0)
    stage, cases = spec.stages[place], known["cases"]
    return StageReading(
        code=stage.code, cases=cases, people=known["people"], went_on=known["went_on"],
        skipped=beyond - known["beyond"], abandoned=known["abandoned_here"], rejected=known["rejected_here"],
        withdrawn=known["withdrawn_here"], waiting=known["waiting_here"], immature=known["immature"],
        share=proportion(known["went_on"], cases - known["immature"]), median_s=seconds(times.get("median")),
        p90_s=seconds(times.get("p90")), visits=known["visits"], late=known["late"] if stage.expected else None,
        switches=known["switched"], break_points=known["break_point"],
        rekeyed=known["rekeyed"] if found.types_fields else None, returned=known["returned"],
        failed=known["failed"] if stage.failures else None,
        complained=known["complained"] if found.has_complaints else None,
        satisfaction=known["mark_sum"] / known["marks"] if known["marks"] else None, marks=known["marks"],
        pain=pain_of_counts(found, place, known),
    )  # fmt: skip
