"""A journey beside the period before, stage by stage: what moved, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.console.figures import NOTHING, is_small, points
from liuke.console.labels import Text
from liuke.console.questions import words
from liuke.console.questions.funnel_rows import look_of
from liuke.console.questions.journey_rows import stage_names
from liuke.console.questions.journey_words import PAINS
from liuke.console.reading.journeys import JourneyAnswer
from liuke.insight.journey.journey_map import PartName, StageComparison, StageReading
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class Moved:
    """A share now minus before, percentage points. look: better or worse, '' where the interval holds zero."""

    label: Text
    points: str
    look: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One stage. parts: as in the pain score. stay, stay_before: median and ninetieth percentile."""

    stage: str
    parts: tuple[Moved, ...]
    stay: str
    stay_before: str


def change_rows(answer: JourneyAnswer) -> list[ChangeRow]:
    """Every stage where enough customers were in both periods; none without a period before."""
    if answer.before is None:
        return []
    names = stage_names(answer.journey)
    told = zip(answer.changes, answer.map.stages, answer.before.stages, strict=True)
    return [
        _row(names[change.code], change, now, before)
        for change, now, before in told
        if now.people and before.people and not is_small(now.people) and not is_small(before.people)
    ]


def _row(name: str, change: StageComparison, now: StageReading, before: StageReading) -> ChangeRow:
    parts = dict(change.parts)
    moved = tuple(_moved(part, parts[part], (now, before)) for part in parts)
    stays = [
        f"{words.lasting(median)} / {words.lasting(p90)}"
        for median, p90 in zip(change.median_s, change.p90_s, strict=True)
    ]
    return ChangeRow(name, moved, *stays)


def _moved(part: PartName, change: Interval | None, stages: tuple[StageReading, StageReading]) -> Moved:
    """A difference would tell a small group of either period."""
    cases = [stage.break_points if part == "break_point" else getattr(stage, part) for stage in stages]
    if change is None or any(is_small(each) for each in cases):
        return Moved(PAINS[part], NOTHING, "")
    return Moved(PAINS[part], points(change.estimate), look_of(change.times(-1)))
