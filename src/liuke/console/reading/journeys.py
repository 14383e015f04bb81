"""Journeys read within a person's scope: the map, its course and the period before; which customers stand where."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from liuke.console.reading.audience import Live
from liuke.console.reading.behaviour import Within, kept_answer, kept_table, population
from liuke.console.reading.lending import Reader, house
from liuke.console.reading.members import shown_members
from liuke.errors import YourMistake
from liuke.insight.behaviour.durations import Every
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.journey.cases import Cases, journey_cases
from liuke.insight.journey.catalogue import BankJourneys, Journey, read_journeys
from liuke.insight.journey.comparison import compared, compared_success
from liuke.insight.journey.journey_map import JourneyMap, StageComparison, TrendPoint, What
from liuke.insight.journey.listing import of_figure
from liuke.insight.journey.reading import read_journey
from liuke.insight.journey.trend import journey_trend
from liuke.insight.rules.data import RuleData
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class JourneyQuestion:
    """What can be asked. compare: also of the period before."""

    journey: Journey
    compare: bool = False
    every: Every = "week"


@dataclass(frozen=True, slots=True)
class JourneyAnswer:
    """before: of as many days just before, where asked; changes: by stage; success: of the share that succeeded.
    is_alone: it was asked for and there is nothing of it.
    """

    journey: Journey
    map: JourneyMap
    trend: tuple[TrendPoint, ...]
    before: JourneyMap | None = None
    changes: tuple[StageComparison, ...] = ()
    success: Interval | None = None
    is_alone: bool = False


def journeys_of_bank() -> BankJourneys:
    """The bank's journeys; none where it has no such folder."""
    return read_journeys(house().home)


def journey_answer(reader: Reader, data: RuleData, question: JourneyQuestion, within: Within) -> JourneyAnswer:
    """Kept until data change. Raises YourMistake for what cannot be asked of these data."""
    asked = (question.journey.code, question.journey.version, question.compare, question.every)
    name = f"journey:{asked}:{within.key}"
    return kept_answer(reader, within.scope, name, data.day, lambda: _answer(reader, data, question, within))


def found_at(reader: Reader, data: RuleData, journey: Journey, within: Within, stage: str, what: What) -> Live:
    """Whose case was found so at a stage, within the scope: how many known customers, and some of them masked."""

    def asked() -> ir.Table:
        with (
            population(reader, data, within.scope, within.whom) as people,
            journey_cases(reader.engine, people, journey, within.period) as found,
        ):
            return _stages(reader, found)

    stages = kept_table(reader, data, within.scope, _stages_key(journey, within), asked)
    rows = of_figure(stages, journey.place(stage), what)
    return shown_members(reader, data, rows.select(customer_id="who"), within.scope)


def _stages(reader: Reader, found: Cases) -> ir.Table:
    """Who came where and how: all that a list behind a figure asks. Kept, so that a click needs no second reading."""
    return reader.engine.materialise(found.at_stages)


def _stages_key(journey: Journey, within: Within) -> str:
    return f"journey_stages:{journey.code}:{journey.version}:{within.key}"


def _answer(reader: Reader, data: RuleData, question: JourneyQuestion, within: Within) -> JourneyAnswer:
    with population(reader, data, within.scope, within.whom) as people:
        with journey_cases(reader.engine, people, question.journey, within.period) as found:
            key = _stages_key(question.journey, within)
            kept_table(reader, data, within.scope, key, lambda: _stages(reader, found))
            told = read_journey(reader.engine, found)
            trend = journey_trend(found, question.every)
        before = _before(reader, people, question.journey, within.period) if question.compare else None
    changes = compared(told, before) if before else ()
    success = compared_success(told, before) if before else None
    return JourneyAnswer(question.journey, told, trend, before, changes, success, question.compare and before is None)


def _before(reader: Reader, people: Population, journey: Journey, period: Period) -> JourneyMap | None:
    """Of the period before; None where its events were not collected then."""
    try:
        with journey_cases(reader.engine, people, journey, period.before) as found:
            return read_journey(reader.engine, found)
    except YourMistake:
        return None
