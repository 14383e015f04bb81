"""A journey in one period and in another, stage by stage."""

from __future__ import annotations

from liuke.insight.journey.journey_map import JourneyMap, PartName, StageComparison, StageReading
from liuke.insight.journey.pain import PARTS
from liuke.stats.compare import Interval, difference_of_proportions


def compared(now: JourneyMap, before: JourneyMap, level: float = 0.95) -> tuple[StageComparison, ...]:
    """Per stage, now minus before; of two maps of the same journey."""
    return tuple(_stage(one, other, level) for one, other in zip(now.stages, before.stages, strict=True))


def compared_success(now: JourneyMap, before: JourneyMap, level: float = 0.95) -> Interval | None:
    """The share of cases that succeeded, of those no longer open: now minus before (Newcombe)."""
    ends = [(each.succeeded, each.cases - each.waiting) for each in (now, before)]
    return difference_of_proportions(*ends[0], *ends[1], level)


def _stage(now: StageReading, before: StageReading, level: float) -> StageComparison:
    return StageComparison(
        code=now.code,
        went_on=difference_of_proportions(
            now.went_on, now.cases - now.immature, before.went_on, before.cases - before.immature, level
        ),
        parts=tuple((name, _part(name, now, before, level)) for name in PARTS),
        median_s=(now.median_s, before.median_s),
        p90_s=(now.p90_s, before.p90_s),
        pain=(now.pain.score, before.pain.score),
    )


def _part(name: PartName, now: StageReading, before: StageReading, level: float) -> Interval | None:
    (hits, of), (hits_before, of_before) = _hits(name, now), _hits(name, before)
    if hits is None or hits_before is None:
        return None
    return difference_of_proportions(hits, of, hits_before, of_before, level)


def _hits(name: PartName, stage: StageReading) -> tuple[int | None, int]:
    """How many cases it hit, of how many; None where it is not measured."""
    of = stage.cases - stage.immature if name == "abandoned" else stage.cases
    told: dict[PartName, int | None] = {
        "abandoned": stage.abandoned, "late": stage.late, "break_point": stage.break_points, "rekeyed": stage.rekeyed,
        "failed": stage.failed, "returned": stage.returned, "complained": stage.complained,
    }  # fmt: skip
    return (None if name in stage.pain.missing else told[name]), of
