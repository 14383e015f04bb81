"""Rows of returns told apart by a breakdown: what is known of the customer, or of the fact with which each entered, or
of the facts with which each came back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.breakdown import (
    Breakdown,
    carried,
    check_column,
    group_of,
    top_values,
    values_of_customers,
)
from liuke.insight.behaviour.occurrences import MOST, occurrences
from liuke.insight.behaviour.population import Population
from liuke.insight.retention.cohorts import Grid
from liuke.insight.retention.reading import Counts
from liuke.insight.retention.returns import Facts
from liuke.insight.retention.spec import Retention
from liuke.insight.rules.references import Names

_APART: Final = "\x1f"
"""Between a person and a group; it stands in no customer's number."""


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
            coded("retention_touch", "retention is told apart by the start or the return; touch is 'first' or 'last', "
                  "not '{touch}'", touch=by.touch),
            then="mend touch",
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


def top_returns(engine: Engine, facts: Facts) -> tuple[str, ...]:
    """The values with which most people came back, most first. facts: with `carried`."""
    back = facts.rows.filter(facts.rows.is_1)
    return top_values(engine, back.group_by(value=back.carried).aggregate(people=back.who.nunique()))


def told_apart(rows: ir.Table, shown: tuple[str, ...]) -> ir.Table:
    """The facts once for each group with which a person came back: all starts, and the returns of that group.

    who  is_0   is_1   carried         who      is_0   is_1
    C1   true   false  -               C1 =app  true   false
    C1   false  true   app             C1 =app  false  true
    C1   false  true   web             C1 =web  true   false
                                       C1 =web  false  true
    """
    back = rows.filter(rows.is_1)
    back = back.mutate(_group=group_of(back.carried, shown))
    pairs = back.select(_who=back.who, _group=back["_group"]).distinct()
    starts = rows.filter(rows.is_0)
    starts = starts.inner_join(pairs, starts.who == pairs["_who"])
    return _facts(starts, 0).union(_facts(back, 1))


def _facts(rows: ir.Table, which: int) -> ir.Table:
    yes, no = ibis.literal(True), ibis.literal(False)
    bits = ibis.literal(1 << (MOST - 1 - which), "int64")
    who = rows.who + ibis.literal(_APART) + rows["_group"]
    return rows.select(who=who, at=rows["at"], day=rows.day, is_0=no if which else yes, is_1=yes if which else no,
                       bits=bits)  # fmt: skip


def with_group(rows: ir.Table) -> ir.Table:
    """Rows of returns of facts `told_apart`, with the group as `_group`."""
    return rows.mutate(_group=rows.who.split(_APART)[1])


def of_everybody(whole: Sequence[Counts], mine: Sequence[Counts]) -> tuple[Counts, ...]:
    """Counts of a group with all who entered: who is not in the group did not come back so, and was lost at once."""
    return tuple(
        replace(one, people=every.people, new=every.new, lasting=(every.new, *one.lasting[1:]))
        for every, one in zip(whole, mine, strict=True)
    )
