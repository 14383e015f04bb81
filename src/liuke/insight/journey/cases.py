"""The cases of a journey that entered in a period: read once, for a block; every reading is a question to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import Said, coded
from liuke.insight.behaviour.happening import check_names, unseen
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import check_period, check_reached
from liuke.insight.journey.catalogue import Journey
from liuke.insight.journey.effort import channel_changes, typed_again
from liuke.insight.journey.stages import case_stages
from liuke.insight.journey.steps import case_steps, joined_midway, seen_facts, without_case
from liuke.insight.journey.visits import case_visits, staged
from liuke.insight.journey.voices import complained, has_complaints, marks


@dataclass(frozen=True, slots=True)
class Cases:
    """steps: as steps.case_steps makes them. cases: who, case, day, entered_at, ended, ended_at, last_at, furthest (the
    latest stage, null for none). visits, stages, changes: as visits.case_visits, stages.case_stages and
    effort.channel_changes make them.

    own_stages: places of stages where customers do something in a channel. types_fields: some fact tells what was typed
    in. has_complaints: the bank has any. joined_midway: cases first seen in the period without their enter fact, which
    are in no table. notes: what to mind.
    """

    journey: Journey
    population: Population
    period: Period
    steps: ir.Table
    cases: ir.Table
    visits: ir.Table
    stages: ir.Table
    changes: ir.Table
    own_stages: frozenset[int]
    types_fields: bool
    has_complaints: bool
    joined_midway: int
    notes: tuple[Said, ...]


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
    with ExitStack() as stack:

        def kept(table: ir.Table) -> ir.Table:
            stack.callback(engine.release, table)
            return table

        seen = seen_facts(engine, population, spec, period)
        with ExitStack() as reading:
            reading.callback(engine.release, seen.facts)
            steps = kept(case_steps(engine, seen.facts, population, spec, period))
            midway, lost = joined_midway(engine, seen.facts, period), without_case(engine, seen.facts, period)
            visits = kept(case_visits(engine, steps, population, spec))
            cases = kept(_cases(engine, steps))
            changes = kept(channel_changes(engine, steps, spec))
            types = spec.rekeying is not None and engine.count(steps.filter(steps.fields.notnull()).limit(1)) > 0
            complain = spec.complaints is not None and has_complaints(engine, population)
            again = typed_again(engine, seen.facts, steps, spec.rekeying) if types and spec.rekeying else None
            said = (
                complained(engine, visits, population, spec, spec.complaints) if complain and spec.complaints else None
            )
            stages = kept(
                case_stages(engine, visits, steps, changes, again, said, marks(engine, visits, population, spec))
            )  # fmt: skip
        if checked and engine.count(cases) == 0:
            check_reached(engine, population, [spec.enter], period)
            check_names(engine, population.data, [spec.enter], seen.days)
        notes = (*_lost(lost), *_unseen(engine, population, journey, stages, seen.days))
        yield Cases(
            journey, population, period, steps, cases, visits, stages, changes, _own_stages(engine, steps), types,
            complain, midway, notes,
        )  # fmt: skip


def _cases(engine: Engine, steps: ir.Table) -> ir.Table:
    rows = steps.filter(~steps.over)
    return engine.materialise(
        rows.group_by("who", "case").aggregate(
            day=rows.day.min(), entered_at=rows.entered_at.min(), ended=rows.ended.min(), ended_at=rows.ended_at.min(),
            last_at=rows.last_at.min(), furthest=rows.stage.max(),
        )
    )  # fmt: skip


def _own_stages(engine: Engine, steps: ir.Table) -> frozenset[int]:
    rows = staged(steps)
    return frozenset(engine.arrow(rows.filter(rows.own).select("stage").distinct())["stage"].to_pylist())


def _lost(facts: int) -> tuple[Said, ...]:
    if not facts:
        return ()
    return (coded("facts_without_case", "{n} facts say of no case and follow none; they are left out", n=facts),)


def _unseen(
    engine: Engine, population: Population, journey: Journey, stages: ir.Table, days: tuple[object, object]
) -> tuple[Said, ...]:  # fmt: skip
    """Touchpoints of stages where nobody was whose names no event of the days bears: perhaps mistyped."""
    visited = set(engine.arrow(stages.select("stage").distinct())["stage"].to_pylist())
    empty = [stage for i, stage in enumerate(journey.spec.stages) if i not in visited]
    asked = [one for stage in empty for one in stage.touchpoints if one.did == "event" and one.name]
    said = {each.facts["name"]: each for each in unseen(engine, population.data, asked, days)}
    return tuple(said[one.name[0]] for one in asked if set(one.name) <= said.keys())
