"""The cases of a journey that entered in a period: read once, for a block; every reading is a question to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.errors import Said, coded
from liuke.insight.behaviour.happening import check_names, unseen
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import check_period, check_reached
from liuke.insight.journey.catalogue import Journey
from liuke.insight.journey.columns import REACHED
from liuke.insight.journey.kinds import Coded
from liuke.insight.journey.loops import FIELDS, LOST, MIDWAY, SUMS, Told
from liuke.insight.journey.voices import has_complaints
from liuke.insight.journey.walking import Read, Walked, read_facts, walked


@dataclass(frozen=True, slots=True)
class Cases:
    """told: sums over all cases (loops.Told; its rows stand in the tables). first: the day of its first row. coded:
    what its numbers mean.

    members: number, who, case (null where cases have no value of their own). stages: number, stage, at (when the case
    first came there), what (bits, columns.py). measures: thing, code, value (loops.py). has_complaints: the bank has
    any. notes: what to mind.
    """

    journey: Journey
    told: Told
    coded: Coded
    first: date
    members: ir.Table
    stages: ir.Table
    measures: ir.Table
    has_complaints: bool
    notes: tuple[Said, ...]

    @property
    def types_fields(self) -> bool:
        """Whether some fact tells what was typed in."""
        return bool(self.told.notes[FIELDS])

    @property
    def joined_midway(self) -> int:
        """Cases first seen in the period without their enter fact, which are in nothing else."""
        return int(self.told.notes[MIDWAY])

    @property
    def at_stages(self) -> ir.Table:
        """who, case, stage, at, what; lazily."""
        return self.stages.inner_join(self.members, "number").drop("number")


@contextmanager
def journey_cases(
    engine: Engine, population: Population, journey: Journey, period: Period, *, checked: bool = True
) -> Iterator[Cases]:
    """The cases that entered in the period, with all that happened to them up to the as-of day; for a block.

    Raises YourMistake where nobody entered because no event bears the name or the period lies before all data, and
    for a period that begins after the as-of day; not where it is asked unchecked: then these have nobody.
    """
    if checked:
        check_period(population, period)
    spec = journey.spec
    complain = spec.complaints is not None and has_complaints(engine, population)
    read = read_facts(engine, population, spec, period)
    with ExitStack() as stack:
        told, (members, stages, measures) = _kept(engine, walked(read, population, spec, period), stack)
        if checked and told.people[-1] == 0:
            check_reached(engine, population, [spec.enter], period)
            check_names(engine, population.data, [spec.enter], read.days)
        notes = (*_lost(int(told.notes[LOST])), *_unseen(engine, population, journey, told, read))
        yield Cases(journey, told, read.coded, read.days[0], members, stages, measures, complain, notes)


def _kept(engine: Engine, found: Iterable[Walked], stack: ExitStack) -> tuple[Told, list[ir.Table]]:
    """Sums over all; and rows in the engine until the stack ends, numbers of cases one after the other."""
    sums: list[Told] = []
    parts: list[list[ir.Table]] = []
    before = 0
    for one in found:
        rows = [engine.from_arrow(each) for each in (one.members(before), one.stages(before), one.measures())]
        for table in rows:
            stack.callback(engine.release, table)
        parts.append(rows)
        sums.append(one.told)
        before += int(one.told.used[0])
    return _summed(sums), [ibis.union(*tables) for tables in zip(*parts, strict=True)]


def _summed(found: list[Told]) -> Told:
    """Of all that is a sum; rows are none."""
    return found[0]._replace(**{name: np.sum([getattr(told, name) for told in found], axis=0) for name in SUMS})


def _lost(facts: int) -> tuple[Said, ...]:
    if not facts:
        return ()
    return (coded("facts_without_case", "{n} facts say of no case and follow none; they are left out", n=facts),)


def _unseen(
    engine: Engine, population: Population, journey: Journey, told: Told, read: Read
) -> tuple[Said, ...]:  # fmt: skip
    """Touchpoints of stages where nobody was whose names no event of the days bears: perhaps mistyped."""
    visited = told.counts[:, :, REACHED].sum(axis=0)
    empty = [stage for stage, cases in zip(journey.spec.stages, visited, strict=True) if not cases]
    asked = [one for stage in empty for one in stage.touchpoints if one.did == "event" and one.name]
    said = {each.facts["name"]: each for each in unseen(engine, population.data, asked, read.days)}
    return tuple(said[one.name[0]] for one in asked if set(one.name) <= said.keys())
