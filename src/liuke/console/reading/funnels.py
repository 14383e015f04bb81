"""A funnel asked within a person's scope: its reading, course, groups and the period before; who stopped where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ibis.expr.types as ir

from liuke.console.reading.audience import Live, catalogue
from liuke.console.reading.behaviour import Within, kept_answer, kept_table, population
from liuke.console.reading.lending import Reader
from liuke.console.reading.members import shown_members
from liuke.errors import YourMistake
from liuke.insight.behaviour.breakdown import Breakdown, Group
from liuke.insight.behaviour.durations import Every
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.funnel.breaking import with_values
from liuke.insight.funnel.entrants import entrants
from liuke.insight.funnel.reading import (
    EntryDay,
    FunnelReading,
    compared,
    read_groups,
    read_steps,
    read_trend,
    stopped_at,
)
from liuke.insight.funnel.spec import Funnel
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.references import Names
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class FunnelQuestion:
    """What can be asked. by: None for no breakdown. compare: also of the period before."""

    funnel: Funnel
    by: Breakdown | None = None
    compare: bool = False
    trend: Every = "day"


@dataclass(frozen=True, slots=True)
class FunnelAnswer:
    """groups: by value of the breakdown. before: of as many days just before, where asked; changes: of the share of
    entrants that got to each step, now minus before. is_alone: it was asked for and there is nothing of it.
    """

    reading: FunnelReading
    trend: tuple[EntryDay, ...]
    groups: tuple[tuple[Group, FunnelReading], ...] = ()
    before: FunnelReading | None = None
    changes: tuple[Interval | None, ...] = ()
    is_alone: bool = False


def funnel_answer(reader: Reader, data: RuleData, question: FunnelQuestion, within: Within) -> FunnelAnswer:
    """Kept until data change. Raises YourMistake for what cannot be asked of these data."""
    name = f"funnel:{question!r}:{within.key}"
    return kept_answer(reader, within.scope, name, data.day, lambda: _answer(reader, data, question, within))


def stopped(reader: Reader, data: RuleData, funnel: Funnel, within: Within, step: int) -> Live:
    """Who got to the step and not to the next, within the scope: how many known customers, and some of them masked."""

    def asked() -> ir.Table:
        with (
            population(reader, data, within.scope, within.whom) as people,
            _entered(reader, people, funnel, within.period) as found,
        ):
            return _ends(reader, found)

    found = kept_table(reader, data, within.scope, _ends_key(funnel, within), asked)
    return shown_members(reader, data, stopped_at(found, step, waiting=True), within.scope)


def _ends(reader: Reader, found: ir.Table) -> ir.Table:
    """Where each ended: all that a list of who stopped asks. Kept, so that a click needs no second reading."""
    return reader.engine.materialise(found.select("who", "depth"))


def _ends_key(funnel: Funnel, within: Within) -> str:
    return f"funnel_ends:{funnel!r}:{within.key}"


@contextmanager
def _entered(reader: Reader, people: Population, funnel: Funnel, period: Period) -> Iterator[ir.Table]:
    found = entrants(reader.engine, people, funnel, period)
    try:
        yield found
    finally:
        reader.engine.release(found)


def _answer(reader: Reader, data: RuleData, question: FunnelQuestion, within: Within) -> FunnelAnswer:
    engine, funnel, steps = reader.engine, question.funnel, len(question.funnel.steps)
    with population(reader, data, within.scope, within.whom) as people:
        with _entered(reader, people, funnel, within.period) as found:
            kept_table(reader, data, within.scope, _ends_key(funnel, within), lambda: _ends(reader, found))
            reading = read_steps(engine, found, steps, funnel.lasts)
            trend = read_trend(engine, found, steps, question.trend)
            groups: dict[Group, FunnelReading] = {}
            if question.by is not None:
                known = catalogue(reader)
                names = Names(known.tags, known.segments)
                valued = engine.materialise(with_values(engine, people, funnel, found, question.by, names))
                groups = read_groups(engine, valued, steps)
                engine.release(valued)
        before = _before(reader, people, funnel, within.period) if question.compare else None
    changes = compared(reading, before) if before else ()
    return FunnelAnswer(reading, trend, tuple(groups.items()), before, changes, question.compare and before is None)


def _before(reader: Reader, people: Population, funnel: Funnel, period: Period) -> FunnelReading | None:
    """Of the period before; None where its events were not collected then."""
    try:
        with _entered(reader, people, funnel, period.before) as found:
            return read_steps(reader.engine, found, len(funnel.steps), funnel.lasts)
    except YourMistake:
        return None
