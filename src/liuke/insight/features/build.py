"""Features of every living customer as of one moment or many, in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.features.definition import Cell, Definition
from liuke.insight.features.desk import Desk, Part
from liuke.insight.features.moments import chains
from liuke.insight.features.people import living
from liuke.insight.features.registry import FEATURES, SOURCES, definition
from liuke.insight.features.scratch import Memory
from liuke.insight.features.windows import FEW
from liuke.insight.known import Rows
from liuke.tables import CUSTOMER

PART_ROWS: Final = 500_000
"""Rows of the result built together, about, where the engine groups."""
SWEPT_ROWS: Final = 1_000_000
"""Where arrays add up: some 2 GB of them for twelve months of transactions."""


def features_on(
    engine: Engine, rows: Rows, moments: Sequence[AsOf], *, zone: ZoneInfo, names: Sequence[str] | None = None
) -> ir.Table:
    """`as_of` date, `customer_id`, one float64 column per feature; a row per living customer and moment.

        as_of       customer_id  aum       own_count_30  days_since_active …
        2026-03-31  C1           52000.0   2.0           12.0

    Materialised in the engine. Every fact table is read once for all moments together. Nothing that happened
    after a moment's day or was ingested after its known_by enters its rows; rows that came late enter those of
    later moments only. names: which features, default all; their order is kept. Two moments of one day give two
    rows. Raises YourMistake for an unknown name or without a moment.
    """
    return engine.gathered(features_in_parts(engine, rows, moments, zone=zone, names=names))


def features_in_parts(
    engine: Engine, rows: Rows, moments: Sequence[AsOf], *, zone: ZoneInfo, names: Sequence[str] | None = None
) -> Iterator[ir.Table]:
    """The rows of `features_on` part after part of the customers, each lazily and only until the next is asked for.

    For whoever keeps little of many: `engine.gathered` of what is made of each part.
    """
    wanted = [definition(n) for n in dict.fromkeys(names if names is not None else FEATURES)]
    if not moments:
        raise YourMistake("no moment to compute features for", expected="at least one as-of day")
    many = engine.embedded and len(moments) > FEW
    split = parts(engine, rows, len(moments), SWEPT_ROWS if many else PART_ROWS)
    for chain in chains(moments, zone):
        memory = Memory()
        for part in split:
            yield from _of_desk(Desk(engine, rows, chain, part, memory), wanted)
        for table in memory.tables.values():
            engine.release(table)


def parts(engine: Engine, rows: Rows, moments: int, most: int) -> list[Part]:
    """Parts of the customers, each of at most about `most` rows of the result, so that sums stay in memory.

    By ranges of customer_id, not by its hash: engines hash differently, and where numbers were given out in order a
    range lies close together in the files.
    """
    people = rows(CUSTOMER)
    count = -(-engine.count(people) * (moments + 1) // most)
    if count < 2:
        return [Part()]
    numbers = people.select("customer_id").distinct()
    numbers = engine.layer(numbers.select("customer_id", part=ibis.ntile(count).over(order_by="customer_id")))
    found = engine.arrow(numbers.group_by("part").aggregate(first=numbers.customer_id.min()).order_by("part"))
    borders = [None, *found["first"].to_pylist()[1:], None]
    return [Part(first, end) for first, end in pairwise(borders)]


def _of_desk(desk: Desk, wanted: Sequence[Definition]) -> Iterator[ir.Table]:
    """Its one table of features; what that is made of lives until it has been read."""
    cells = list(dict.fromkeys(cell for d in wanted for cell in d.cells))
    people = desk.engine.layer(living(desk))
    joined = people
    for name, source in SOURCES.items():
        mine = [c for c in cells if c.source == name]
        if mine:
            part = desk.engine.layer(_packed(desk.computed(source(desk, mine)), name, mine))
            joined = joined.left_join(part, [("_i", f"_i_{name}"), ("customer_id", f"_customer_{name}")])
    joined = desk.engine.layer(joined.select(*people.columns, *(t for t in joined.columns if t in SOURCES)))
    filled = desk.engine.layer(joined.select("as_of", "customer_id", **{c.column: _filled(joined, c) for c in cells}))
    made = {d.feature.name: d.formula(*(filled[c.column] for c in d.cells)).cast("float64") for d in wanted}
    yield filled.select("as_of", "customer_id", **made)
    desk.release()


def _packed(rows: ir.Table, name: str, cells: Sequence[Cell]) -> ir.Table:
    """A source's cells as one struct column named like it: Ibis' cost of a join grows with its columns."""
    packed = ibis.struct({c.column: rows[c.column] for c in cells})
    return rows.select(**{f"_i_{name}": rows["_i"], f"_customer_{name}": rows.customer_id, name: packed})


def _filled(rows: ir.Table, cell: Cell) -> ir.Value:
    if cell.source not in SOURCES:
        return rows[cell.column]
    column = rows[cell.source][cell.column]
    return column.fill_null(0.0) if cell.zero else column
