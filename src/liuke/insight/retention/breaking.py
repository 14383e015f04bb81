"""Rows of returns told apart by a breakdown: what is known of the customer, or of the fact with which each entered."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.breakdown import Breakdown, carried, check_column, values_of_customers
from liuke.insight.behaviour.occurrences import occurrences
from liuke.insight.behaviour.population import Population
from liuke.insight.retention.cohorts import Grid
from liuke.insight.retention.spec import Retention
from liuke.insight.rules.references import Names


def with_values(
    engine: Engine, population: Population, asked: Retention, grid: Grid, rows: ir.Table, by: Breakdown, names: Names
) -> ir.Table:
    """`rows` (returns.py) with `value`, null where not known.

    Of a fact it is that of the first start within the cohort; of several at the same moment the least.
    """
    if not by.of_fact:
        values = values_of_customers(engine, population, by, names)
        return rows.left_join(values, "who").drop("who_right")
    if by.touch != "first":
        raise YourMistake(
            coded("retention_touch", "retention is told apart by the start; touch is 'first', not '{touch}'",
                  touch=by.touch),
            then="leave touch out",
        )  # fmt: skip
    check_column(by, asked.start)
    values = _of_starts(engine, population, asked, grid, by)
    return rows.left_join(values, ["who", "cohort"]).drop("who_right", "cohort_right")


def _of_starts(engine: Engine, population: Population, asked: Retention, grid: Grid, by: Breakdown) -> ir.Table:
    """who, cohort, value."""
    days = (grid.period.first, min(grid.period.last, population.data.day))
    found = occurrences(engine, population, [asked.start], days, unit=asked.unit, carry=carried(engine, by))
    # Null is no text, and engines sort a struct's nulls differently: the mark before a text tells them apart.
    marked = ibis.ifelse(found.carried.isnull(), ibis.literal("~"), ibis.literal("=") + found.carried)
    found = found.select("who", cohort=grid.number_of(found.day), _first=ibis.struct({"at": found["at"], "v": marked}))
    first = found.group_by("who", "cohort").aggregate(_first=found["_first"].min())
    value = first["_first"]["v"]
    return first.select("who", "cohort", value=ibis.ifelse(value == "~", ibis.null("string"), value.substr(1)))
