"""Rhythm and paths asked within a person's scope, kept until data change."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.console.reading.behaviour import Within, kept_answer, population
from liuke.console.reading.lending import Reader
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.paths.counting import counted
from liuke.insight.paths.dwell import Dwell, read_dwell
from liuke.insight.paths.events import path_events
from liuke.insight.paths.reading import PathsReading, read_paths
from liuke.insight.paths.spec import Paths
from liuke.insight.rhythm.asked import Deed
from liuke.insight.rhythm.distribution import (
    CountReading,
    NumberReading,
    days_per_person,
    numbers,
    times_per_person,
)
from liuke.insight.rhythm.stickiness import ActiveDay, stickiness
from liuke.insight.rhythm.week_hours import WeekHour, week_hours
from liuke.insight.rules.data import RuleData

TOP_PATHS = 50


@dataclass(frozen=True, slots=True)
class RhythmQuestion:
    """number: a numeric column or property of the facts whose size is asked too; kind tells which; '' for none."""

    deed: Deed
    kind: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class RhythmAnswer:
    """times, days: per person. active: by day. hours: of the week. sizes: of the number asked for."""

    times: CountReading
    days: CountReading
    active: tuple[ActiveDay, ...]
    hours: tuple[WeekHour, ...]
    sizes: NumberReading | None = None


@dataclass(frozen=True, slots=True)
class PathsAnswer:
    """dwell: how long people stay at each thing, and where it fails; of all sessions, whatever the anchor."""

    reading: PathsReading
    dwell: tuple[Dwell, ...]


def rhythm_answer(reader: Reader, data: RuleData, question: RhythmQuestion, within: Within) -> RhythmAnswer:
    """Raises YourMistake for what cannot be asked of these data."""

    def make() -> RhythmAnswer:
        with population(reader, data, within.scope, within.whom) as people:
            return _rhythm(reader, people, question, within.period)

    return kept_answer(reader, within.scope, f"rhythm:{question!r}:{within.key}", data.day, make)


def paths_answer(reader: Reader, data: RuleData, asked: Paths, within: Within) -> PathsAnswer:
    """Raises YourMistake for what cannot be asked of these data."""

    def make() -> PathsAnswer:
        with population(reader, data, within.scope, within.whom) as people:
            events = path_events(reader.engine, people, asked, within.period)
            found = counted(reader.engine, events)
            try:
                reading = read_paths(reader.engine, found, asked.least, TOP_PATHS)
            finally:
                reader.engine.release(found.table)
            return PathsAnswer(reading, read_dwell(events))

    return kept_answer(reader, within.scope, f"paths:{asked!r}:{within.key}", data.day, make)


def _rhythm(reader: Reader, people: Population, question: RhythmQuestion, period: Period) -> RhythmAnswer:
    engine, deed = reader.engine, question.deed
    sizes = None
    if question.kind == "column":
        sizes = numbers(engine, people, deed, period, column=question.number)
    elif question.kind == "property":
        sizes = numbers(engine, people, deed, period, property_=question.number)
    return RhythmAnswer(
        times_per_person(engine, people, deed, period),
        days_per_person(engine, people, deed, period),
        stickiness(engine, people, deed, period),
        week_hours(engine, people, deed, period),
        sizes,
    )
