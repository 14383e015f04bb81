"""Who entered which cohort and in which periods they came back: one row per person and cohort, returns as bits.

who  cohort  returned  is_new      returned: bit k is set when they came back in period k
C1   0       0b0101    true        in periods 0 and 2
C1   2       0b0001    false       recurring: entered once more
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.breakdown import Breakdown, carried, check_column
from liuke.insight.behaviour.day_bits import TOP, WORD, bit_columns
from liuke.insight.behaviour.occurrences import occurrences
from liuke.insight.behaviour.population import Population
from liuke.insight.retention.cohorts import Grid
from liuke.insight.retention.spec import Retention


@dataclass(frozen=True, slots=True)
class Facts:
    """What a question looks at. rows: who, at, day, is_0 (a start), is_1 …, bits (`occurrences`), carried where a value
    was asked for. returns: which of them is coming back.
    """

    rows: ir.Table
    returns: int
    population: Population


def facts_of(
    engine: Engine, population: Population, asked: Retention, grid: Grid, back: Breakdown | None = None
) -> Facts:  # fmt: skip
    """Lazily. back: the value of which column or property of returns is carried; then starts are told from them, also
    where both are the same thing. Raises YourMistake for what returns do not have.
    """
    opens = first_looked_at(asked, grid)
    days = (opens if grid.rolling else min(opens, grid.begins(0)), min(grid.last_day, population.data.day))
    if back is None:
        rows = occurrences(engine, population, asked.asked, days, unit=asked.unit)
        return Facts(rows, len(asked.asked) - 1, population)
    what = asked.return_ or asked.start
    check_column(back, what)
    value = carried(engine, back)

    def known(table: ir.Table) -> ir.Value:
        return value(table) if (back.column or "properties") in table.columns else ibis.null("string")

    both = occurrences(engine, population, [asked.start, what], days, unit=asked.unit, carry=known)
    return Facts(both, 1, population)


def calendar_returns(engine: Engine, facts: Facts, asked: Retention, grid: Grid) -> ir.Table:
    """Lazily: facts are read once, no row per person and day is made.

    Of each person the calendar periods with a start and with a return are bits of a few numbers; a cohort's row is
    those numbers, moved by the number of its period.
    """
    persons = _persons(engine, facts, asked, grid)
    cohorts = len(grid.cohorts)
    if asked.kind == "recurring":
        # Spark unnests only what stands by itself; cast comes after.
        persons = engine.layer(persons.mutate(cohort=ibis.range(0, cohorts).unnest()))
        persons = engine.layer(persons.mutate(cohort=persons.cohort.cast("int64")))
        persons = persons.filter((_pattern(persons, "start", persons.cohort, 0) & 1) == 1)
    rows = engine.layer(persons)
    return rows.select(
        "who", "cohort", returned=_pattern(rows, "return", rows.cohort, grid.periods), is_new=rows.cohort == rows.first
    )


def first_looked_at(asked: Retention, grid: Grid) -> date:
    """The first day on which a start matters."""
    back = asked.look_back_days if asked.kind == "first_time" else 0
    return grid.period.first - timedelta(days=back)


def _persons(engine: Engine, facts: Facts, asked: Retention, grid: Grid) -> ir.Table:
    """who, first (number of the cohort first entered), return_0 … and, when recurring, start_0 …: bits of periods.

    first_time: without those who are not new; with cohort, the same as first.
    """
    opens, found = first_looked_at(asked, grid), facts.rows
    found = engine.layer(found.mutate(_period=grid.number_of(found.day)))
    starts = found.is_0 & found.day.between(ibis.literal(opens), ibis.literal(grid.period.last))
    returns = found[f"is_{facts.returns}"]
    if opens < grid.begins(0):
        returns &= found["_period"] >= 0
    found = found.filter(starts | returns)
    count = len(grid.cohorts) + grid.periods + 1
    bits = bit_columns("return", found["_period"], count, returns)
    if asked.kind == "recurring":
        bits |= bit_columns("start", found["_period"], count, starts)
    rows = found.group_by("who").aggregate(_day=found.day.min(where=starts), **bits)
    rows = rows.filter(rows["_day"] >= ibis.literal(grid.period.first))
    first = grid.number_of(rows["_day"])
    if asked.kind == "recurring":
        return rows.select("who", *bits, first=first)
    return rows.select("who", *bits, first=first, cohort=first)


def _pattern(rows: ir.Table, name: str, cohort: ir.IntegerColumn, periods: int) -> ir.IntegerValue:
    """Bits cohort … cohort + periods of the numbers `name`_0, `name`_1 …, as bits 0 … periods."""
    held = [rows[column] for column in rows.columns if column.startswith(f"{name}_")]
    place = (cohort % WORD).cast("int32")
    mask = (1 << (periods + 1)) - 1
    found = []
    for w, word in enumerate(held):
        moved = word >> place
        if w + 1 < len(held):
            # Only the bits that stay below the top are moved up: engines differ on what falls off.
            low = held[w + 1] & ((TOP >> (WORD - place)) - 1)
            moved = moved | (low << (WORD - place).cast("int32"))
        found.append(moved & mask)
    if len(found) == 1:
        return found[0]
    return ibis.cases(*((cohort < (w + 1) * WORD, one) for w, one in enumerate(found[:-1])), else_=found[-1])
