"""Entrants of a funnel told apart by a breakdown."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.breakdown import Breakdown, values_of_customers, values_of_facts
from liuke.insight.behaviour.population import Population
from liuke.insight.funnel.spec import Funnel
from liuke.insight.rules.references import Names


def with_values(
    engine: Engine, population: Population, funnel: Funnel, found: ir.Table, by: Breakdown, names: Names
) -> ir.Table:  # fmt: skip
    """`found` (entrants) with `value`: of the fact at the step touched, or of the customer; null where not known."""
    values = _of_steps(engine, population, funnel, found, by) if by.of_fact else None
    if values is None:
        values = values_of_customers(engine, population, by, names)
    joined = found.left_join(values, "who")
    return joined.drop("who_right")


def _of_steps(engine: Engine, population: Population, funnel: Funnel, found: ir.Table, by: Breakdown) -> ir.Table:
    if by.touch == "last":
        parts = [_at(engine, population, funnel, found.filter(found.depth == k), k, by)
                 for k in range(1, len(funnel.steps) + 1)]  # fmt: skip
        return ibis.union(*parts) if len(parts) > 1 else parts[0]
    step = 1 if by.touch == "first" else by.touch
    if step > len(funnel.steps):
        raise YourMistake(
            coded("touch_beyond", "the breakdown looks at step {step}, the funnel has {n}", step=step,
                  n=len(funnel.steps)),
            expected="first, last or the number of a step",
            then="mend touch",
        )  # fmt: skip
    return _at(engine, population, funnel, found.filter(found.depth >= step), step, by)


def _at(
    engine: Engine, population: Population, funnel: Funnel, rows: ir.Table, step: int, by: Breakdown
) -> ir.Table:  # fmt: skip
    moments = rows.select("who", at=rows[f"at_{step}"])
    return values_of_facts(engine, population, by, funnel.steps[step - 1], moments, funnel.unit)
