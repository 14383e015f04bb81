"""The queries behind the board's figures: the very expressions that are run, over tables that are only named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, Literal, get_args

import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import named, shown_sql
from liuke.insight.known import BankTables, tables_as_of
from liuke.tables import DECISION, OUTCOME, Table
from liuke.track.curve import curve_sums
from liuke.track.saved.board import Terms, chosen
from liuke.track.saved.everybody import days_between, people_drawn, standing
from liuke.track.saved.overlap import MEANS, distances
from liuke.track.saved.sums import group_sums, sums
from liuke.track.saved.units import Within, everyone, first_units, spending, units

Query = Literal["main", "sources", "spending", "branches", "staff", "overlap", "curves", "people", "everybody"]
QUERIES: Final[tuple[Query, ...]] = get_args(Query)


def query_text(query: Query, terms: Terms, as_of: AsOf, since: date | None = None, within: Within = everyone) -> str:
    """The SQL of `query`. since: day on which the people of the global hold-out were customers.

    Tables stand under their names in the lake. `of_sources` (overlap.MEANS) is what the readings of `sources` give.
    """
    return shown_sql(_expression(query, terms, as_of, since, within))


def _expression(query: Query, terms: Terms, as_of: AsOf, since: date | None, within: Within) -> ir.Table:
    decisions, tables = _named(DECISION), tables_as_of(_named, as_of)
    rows = units(decisions, _named(OUTCOME), terms.asked, within)
    mine = chosen(rows, terms.source)
    made: dict[Query, Callable[[], ir.Table]] = {
        "main": lambda: sums(mine, "entered"),
        "sources": lambda: sums(rows, "experiment"),
        "spending": lambda: spending(decisions, terms.asked, within),
        "branches": lambda: group_sums(mine, "branch_id"),
        "staff": lambda: group_sums(mine, "staff_id"),
        "overlap": lambda: distances(rows, named("of_sources", MEANS)),
        "curves": lambda: curve_sums(first_units(decisions, terms.asked, within), tables, terms.outcome),
    }
    return made[query]() if query in made else _of_everybody(query, tables, terms, since or as_of.day, within)


def _of_everybody(query: Query, tables: BankTables, terms: Terms, since: date, within: Within) -> ir.Table:
    held, as_of = terms.held, tables.as_of
    if held is None:
        raise ValueError("there is no global hold-out")
    if query == "people":
        return people_drawn(tables.customer, _named(DECISION), held, since, as_of, within)
    return standing(tables, terms.outcome, held, since, days_between(since, as_of.day) or (as_of.day,), within)


def _named(table: Table) -> ir.Table:
    return named(table.name, table.arrow)
