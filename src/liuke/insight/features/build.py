"""Features of every living customer as of one moment or many, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.features.definition import Cell, Definition
from liuke.insight.features.desk import Desk
from liuke.insight.features.moments import chains
from liuke.insight.features.people import living
from liuke.insight.features.registry import FEATURES, SOURCES, definition
from liuke.insight.known import Rows


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
    wanted = [definition(n) for n in dict.fromkeys(names if names is not None else FEATURES)]
    if not moments:
        raise YourMistake("no moment to compute features for", expected="at least one as-of day")
    parts = [_of_chain(Desk(engine, rows, chain), wanted) for chain in chains(moments, zone)]
    if len(parts) == 1:
        return parts[0]
    whole = engine.materialise(parts[0].union(*parts[1:]))
    for part in parts:
        engine.release(part)
    return whole


def _of_chain(desk: Desk, wanted: Sequence[Definition]) -> ir.Table:
    cells = list(dict.fromkeys(cell for d in wanted for cell in d.cells))
    people = desk.engine.layer(living(desk))
    joined, kept = people, []
    for name, source in SOURCES.items():
        mine = [c for c in cells if c.source == name]
        if mine:
            part = desk.engine.materialise(_packed(source(desk, mine), name, mine))
            kept.append(part)
            joined = joined.left_join(part, [("_i", f"_i_{name}"), ("customer_id", f"_customer_{name}")])
    joined = desk.engine.layer(joined.select(*people.columns, *(t for t in joined.columns if t in SOURCES)))
    filled = desk.engine.layer(joined.select("as_of", "customer_id", **{c.column: _filled(joined, c) for c in cells}))
    made = {d.feature.name: d.formula(*(filled[c.column] for c in d.cells)).cast("float64") for d in wanted}
    whole = desk.engine.materialise(filled.select("as_of", "customer_id", **made))
    for part in kept:
        desk.engine.release(part)
    desk.release()
    return whole


def _packed(rows: ir.Table, name: str, cells: Sequence[Cell]) -> ir.Table:
    """A source's cells as one struct column named like it: Ibis' cost of a join grows with its columns."""
    packed = ibis.struct({c.column: rows[c.column] for c in cells})
    return rows.select(**{f"_i_{name}": rows["_i"], f"_customer_{name}": rows.customer_id, name: packed})


def _filled(rows: ir.Table, cell: Cell) -> ir.Value:
    if cell.source not in SOURCES:
        return rows[cell.column]
    column = rows[cell.source][cell.column]
    return column.fill_null(0.0) if cell.zero else column
