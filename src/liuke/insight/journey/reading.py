"""What a journey says of the cases that entered in a period: the whole, its stages, and all that lies between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liuke.engine import Engine
from liuke.insight.journey import columns as at
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.counts import pain_of_counts
from liuke.insight.journey.journey_map import JourneyMap, StageReading
from liuke.insight.journey.lags import status_lags
from liuke.insight.journey.loops import OPEN, REFUSED, SILENT, SUCCESS, TAKEN_BACK, VISIT, WAY
from liuke.insight.journey.measures import NOTHING, Measured, measured
from liuke.insight.journey.pain import mean_pain
from liuke.insight.journey.touchpoints import hand_overs, touchpoints
from liuke.stats.compare import proportion


def read_journey(engine: Engine, found: Cases) -> JourneyMap:
    """The map of the journey: small values only, however many cases."""
    times = measured(engine, found)
    stages = tuple(_stage(found, place, times) for place in range(len(found.journey.spec.stages)))
    ends = [int(cases) for cases in found.told.ends.sum(axis=1)]
    cases, way = sum(ends), times.get((WAY, 0), NOTHING)
    return JourneyMap(
        code=found.journey.code, cases=cases, people=int(found.told.people[-1]), succeeded=ends[SUCCESS],
        rejected=ends[REFUSED], withdrawn=ends[TAKEN_BACK], abandoned=ends[SILENT], waiting=ends[OPEN],
        joined_midway=found.joined_midway, share=proportion(ends[SUCCESS], cases - ends[OPEN]),
        median_s=way.median_s, p90_s=way.p90_s, pain=mean_pain((stage.cases, stage.pain) for stage in stages),
        stages=stages, touchpoints=touchpoints(found, times), hand_overs=hand_overs(found, times),
        lags=status_lags(found, times), notes=found.notes,
    )  # fmt: skip


def _beyond(ends: Any, place: int) -> int:
    """Cases that got further than the stage. ends: loops.Told.ends."""
    return int(ends[:, place + 2 :].sum() + ends[SUCCESS, : place + 2].sum())


def _stage(found: Cases, place: int, times: Mapping[tuple[int, int], Measured]) -> StageReading:
    counts = found.told.counts[:, place].sum(axis=0)
    n = [int(each) for each in counts]
    stage, cases, marks = found.journey.spec.stages[place], n[at.REACHED], n[at.MARKS]
    took = times.get((VISIT, place), NOTHING)
    return StageReading(
        code=stage.code, cases=cases, people=int(found.told.people[place]), went_on=n[at.WENT_ON],
        skipped=_beyond(found.told.ends, place) - n[at.BEYOND], abandoned=n[at.ABANDONED], rejected=n[at.REJECTED],
        withdrawn=n[at.WITHDRAWN], waiting=n[at.WAITING], immature=n[at.IMMATURE],
        share=proportion(n[at.WENT_ON], cases - n[at.IMMATURE]), median_s=took.median_s, p90_s=took.p90_s,
        visits=n[at.VISITS], late=n[at.LATE] if stage.expected else None, switches=n[at.SWITCHED],
        break_points=n[at.BREAK_POINT], rekeyed=n[at.REKEYED] if found.types_fields else None,
        returned=n[at.RETURNED], failed=n[at.FAILED] if stage.failures else None,
        complained=n[at.COMPLAINED] if found.has_complaints else None,
        satisfaction=n[at.MARK_SUM] / marks if marks else None, marks=marks,
        pain=pain_of_counts(found, place, counts),
    )  # fmt: skip
