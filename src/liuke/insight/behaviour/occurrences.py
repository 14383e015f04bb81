"""Who did which of several things when: one row per fact that is at least one of them, over all fact tables asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, Literal

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.population import Population
from liuke.insight.rules.row_condition import is_meant

Unit = Literal["customer", "visitor"]
"""customer: who is known. visitor: also who is not, told apart by device; a known one is one visitor on all devices."""
MOST: Final = 14
"""So many things may be asked at once: one bit each beside the moment (sequences.py)."""
VISITOR: Final = "~"
"""Stands before the anonymous id of who is not known, so that it never equals a customer's number."""


def occurrences(
    engine: Engine,
    population: Population,
    asked: Sequence[Happening],
    days: tuple[date, date],
    *,
    unit: Unit = "customer",
    every: bool = False,
    carry: Callable[[ir.Table], ir.Value] | None = None,
) -> ir.Table:
    """who, at (UTC), day (bank-local), is_0, is_1, … whether the fact is that one of `asked`, bits; lazily.

        who  at           day    is_0   is_1   bits                asked: search, apply_start
        C1   03-01 10:00  03-01  true   false  10 0000 0000 0000
        C1   03-01 10:04  03-01  false  true   01 0000 0000 0000

    bits: the same as one number of MOST bits, the first of `asked` being the highest.

    days: first and last bank-local day, both included. Nothing after the as-of day enters. every: also events that are
    none of these. carry: of the rows of a fact table what is also given, as `carried`. A fact is one row, however many
    of `asked` it is.
    """
    tables = dict.fromkeys(one.did for one in asked)
    if every:
        tables.setdefault("event")
    parts = [_of_table(engine, population, name, asked, days, unit, every=every, carry=carry) for name in tables]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _of_table(
    engine: Engine, population: Population, name: str, asked: Sequence[Happening], days: tuple[date, date], unit: Unit,
    *, every: bool, carry: Callable[[ir.Table], ir.Value] | None,
) -> ir.Table:  # fmt: skip
    mine = [one for one in asked if one.did == name]
    rows = population.data.facts(name)
    rows = rows.filter(rows.business_date.between(*(ibis.literal(day) for day in days)))
    every = every and name == "event"
    if not every:
        rows = named(rows, mine)
    rows = of_somebody(rows, population, name, unit)
    tests = {
        f"is_{i}": is_meant(engine, one, rows, population.data.day) if one.did == name else ibis.literal(False)
        for i, one in enumerate(asked)
    }
    more = {"carried": carry(rows)} if carry else {}
    moment = rows[str(Happening(did=name).facts.moment)]
    found = rows.select(
        who=rows["_who"], at=moment, day=rows.business_date, **tests, bits=_bits(rows, name, asked, tests), **more
    )  # fmt: skip
    return found if every or all(_is_named_only(one) for one in mine) else found.filter(found.bits > 0)


def _is_named_only(one: Happening) -> bool:
    return bool(one.name) and not one.where


def _bits(rows: ir.Table, name: str, asked: Sequence[Happening], tests: Mapping[str, ir.Value]) -> ir.IntegerValue:
    """Where names alone decide, one look at the name gives all of their bits: a test for each takes twice as long."""
    of_names: dict[str, int] = {}
    bits = ibis.literal(0, "int64")
    for i, one in enumerate(asked):
        bit = 1 << (MOST - 1 - i)
        if one.did != name:
            continue
        if _is_named_only(one):
            for each in one.name:
                of_names[each] = of_names.get(each, 0) | bit
        else:
            bits = bits + ibis.ifelse(tests[f"is_{i}"], ibis.literal(bit, "int64"), ibis.literal(0, "int64"))
    if not of_names:
        return bits
    column = rows[str(Happening(did=name).facts.name_column)]
    cases = [(each, ibis.literal(bit, "int64")) for each, bit in of_names.items()]
    return bits + column.cases(*cases, else_=ibis.literal(0, "int64"))


def named(rows: ir.Table, mine: Sequence[Happening]) -> ir.Table:
    """Rows with only names that are asked for: a test so plain that whole row groups are left unread. mine: of one
    fact table, whose the rows are.
    """
    column = mine[0].facts.name_column
    if column is None or not all(one.name for one in mine):
        return rows
    return rows.filter(rows[column].isin(sorted({name for one in mine for name in one.name})))


def of_somebody(rows: ir.Table, population: Population, name: str, unit: Unit) -> ir.Table:
    """Rows of the fact table of that name with _who, one of those who may enter."""
    if "customer_id" not in rows.columns:
        assert population.data.owners is not None
        rows = rows.inner_join(population.data.owners(), "account_id")
    who = rows.customer_id
    if name == "event" and unit == "visitor" and population.customers is None:
        who = who.fill_null(ibis.literal(VISITOR) + rows.anonymous_id)
    rows = rows.mutate(_who=who)
    rows = rows.filter(rows["_who"].notnull())
    if population.customers is None:
        return rows
    among = population.customers.select(_among="customer_id").distinct()
    return rows.semi_join(among, rows["_who"] == among["_among"])
