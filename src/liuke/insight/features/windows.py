"""Measures of rows over windows: rows are read once, added up by slot, and slots are handed to moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import Cell, Measure
from liuke.insight.features.desk import Desk
from liuke.insight.features.packing import Packed, packed
from liuke.insight.features.sweep import sweep
from liuke.insight.features.takers import takers

_MASKS = ((1, 0x1555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F))
FEW: Final = 2
"""Moments up to which an engine groups as fast as arrays add up (benchmarks/features.py)."""


@dataclass(frozen=True, slots=True)
class Additive:
    """A source whose cells are measures over windows.

    rows: the rows it reads, lazily, with business_date, ingested_at and what its measures read; keyed by
    customer_id, or by account_id where the owner is found afterwards, once per slot instead of once per row.
    `by`: account_id or customer_id. Rows that already carry `_from` and `_until` (the moments they speak for)
    keep them.
    """

    rows: Callable[[Desk], ir.Table]
    measures: Mapping[str, Measure]
    by: str

    def __call__(self, desk: Desk, cells: Sequence[Cell]) -> ir.Table:
        """See desk.Source."""
        windows = tuple(sorted({c.window for c in cells if c.window is not None}))
        placed = desk.engine.layer(desk.placed(self.rows(desk), windows))
        if desk.engine.embedded and len(desk.chain.moments) > FEW:
            return sweep(desk, placed, self.by, cells, lambda plan: takers(plan, self.measures, cells))
        return self._grouped(desk, placed, windows, cells)

    def _grouped(self, desk: Desk, placed: ir.Table, windows: tuple[int, ...], cells: Sequence[Cell]) -> ir.Table:
        """Rows added up by slot in the engine, slots handed to moments."""
        columns = packed(cells, self.measures)
        spoken = ["_from", "_until"] if "_until" in placed.columns else []
        narrow = desk.engine.layer(
            placed.select(self.by, "_slot", *spoken, **{c.name: _of_row(c, placed) for c in columns})
        )
        slots = narrow.group_by(self.by, "_slot", *spoken).aggregate(**{c.name: _added(c, narrow) for c in columns})
        plain, sets = [c for c in columns if c.how != "days"], [c for c in columns if c.how == "days"]
        # Kept when it is read twice: sums and sets of days are grouped apart.
        made = desk.once(f"slots {cells}", lambda: slots) if plain and sets else desk.engine.layer(slots)
        reached = self._reached(desk, made, windows)
        parts = []
        if plain:
            parts.append(_sums(desk, reached, plain, windows))
        if sets:
            parts.append(
                _days(desk, desk.engine.layer(reached), [c for c in cells if self.measures[c.measure].how == "days"])
            )
        if len(parts) == 1:
            return parts[0]
        both = parts[0].inner_join(parts[1], ["_i", "customer_id"])
        return both.select("_i", "customer_id", *(c.column for c in cells))

    def _reached(self, desk: Desk, slots: ir.Table, windows: tuple[int, ...]) -> ir.Table:
        """Slots once for every moment they reach, with the customer of that moment and the age there."""
        if self.by == "account_id":
            slots = slots.inner_join(desk.owners, "account_id")
        found = slots.inner_join(desk.reach(windows), "_slot")
        if "_until" in found.columns:
            found = found.filter(found["_from"] <= found["_i"], found["_i"] < found["_until"])
        return found


def _of_row(column: Packed, rows: ir.Table) -> ir.Value:
    value = column.value(rows)
    return ibis.ifelse(value, rows["_bit"], 0) if column.how == "days" else value


def _added(column: Packed, rows: ir.Table) -> ir.Value:
    """Of a group of rows."""
    values = rows[column.name]
    match column.how:
        case "max":
            return values.max()
        case "min":
            return values.min()
        case "days":
            return values.bit_or()
        case _:
            return values.sum()


def _over(column: Packed, reached: ir.Table, window: int, whole: bool) -> ir.Value:
    """Of the rows within the window. whole: all rows are."""
    values = reached[column.name]
    if column.how in ("max", "min"):
        if not whole:
            values = ibis.ifelse(reached["_age"] < window, values, ibis.null(values.type()))
        return values.max() if column.how == "max" else values.min()
    return (values if whole else values * reached[f"_in_{window}"]).sum()


def _sums(desk: Desk, reached: ir.Table, columns: Sequence[Packed], windows: tuple[int, ...]) -> ir.Table:
    """The cells of all measures but sets of days."""
    key = ["_i", "customer_id"]
    if len(desk.chain.moments) > FEW:
        # Many slots to a moment: first into the rings between windows, of which there are at most four.
        rings = desk.engine.layer(reached.select(*key, "_ring", *(c.name for c in columns)))
        rings = rings.group_by(*key, "_ring").aggregate(**{c.name: _added(c, rings) for c in columns})
        reached = desk.engine.layer(rings).rename(_age="_ring")
    marks = {f"_in_{w}": ibis.ifelse(reached["_age"] < w, 1.0, 0.0) for w in windows[:-1]}
    marked = desk.engine.layer(reached.select(*key, "_age", *(c.name for c in columns), **marks))
    wanted = {f"{c.name}__{w}": (c, w) for c in columns for w in c.windows}
    added = marked.group_by(*key).aggregate(
        **{n: _over(c, marked, w, w == windows[-1]) for n, (c, w) in wanted.items()}
    )
    added = desk.engine.layer(added)
    values = {cell.column: c.unpacked(cell, added[f"{c.name}__{cell.window}"]) for c in columns for cell in c.cells}
    return added.select(*key, **values)


def _days(desk: Desk, reached: ir.Table, cells: Sequence[Cell]) -> ir.Table:
    """Distinct days: sets of days of one interval are united over accounts and slots, then counted.

    Two slots of one interval differ only in when their rows became known, so their sets may overlap; slots of
    different intervals never do. `_age` tells intervals apart, as each ends on another day.
    """
    names = sorted({c.measure for c in cells})
    united = desk.engine.layer(
        reached.group_by("_i", "customer_id", "_age").aggregate(**{n: reached[n].bit_or() for n in names})
    )
    counted = desk.engine.layer(united.select("_i", "customer_id", "_age", **{n: _ones(united[n]) for n in names}))
    return counted.group_by("_i", "customer_id").aggregate(
        **{
            c.column: ibis.ifelse(counted["_age"] < (c.window or 0), counted[c.measure], 0)
            .cast("int32")
            .sum()
            .cast("float64")
            for c in cells
        }
    )


def _ones(bits: ir.IntegerValue) -> ir.IntegerValue:
    """How many bits are set, of the lower 60: sums of neighbours, doubling. No engine-independent function does it."""
    for shift, mask in _MASKS:
        bits = (bits & mask) + ((bits >> shift) & mask)
    for shift in (8, 16, 32):
        bits = bits + (bits >> shift)
    return bits & 0x7F
