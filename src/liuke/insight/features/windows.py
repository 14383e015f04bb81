"""Measures of rows over windows: rows are read once, added up by slot, and slots are handed to moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import Cell, Measure
from liuke.insight.features.desk import Desk

_MASKS = ((1, 0x1555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F))


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
        wanted = {c.measure: self.measures[c.measure] for c in cells}
        placed = desk.engine.layer(desk.placed(self.rows(desk), windows))
        spoken = ["_from", "_until"] if "_until" in placed.columns else []
        values = {name: _value(m, placed) for name, m in wanted.items()}
        narrow = desk.engine.layer(placed.select(self.by, "_slot", *spoken, **values))
        slots = narrow.group_by(self.by, "_slot", *spoken).aggregate(
            **{name: _first(narrow, name, m) for name, m in wanted.items()}
        )
        plain = [c for c in cells if wanted[c.measure].how != "days"]
        sets = [c for c in cells if wanted[c.measure].how == "days"]
        # Kept when it is read twice: sums and sets of days are grouped apart.
        made = desk.once(f"slots {cells}", lambda: slots) if plain and sets else desk.engine.layer(slots)
        reached = desk.engine.layer(self._reached(desk, made, windows))
        parts = []
        if plain:
            sums = {c.column: _over(reached, c, wanted[c.measure]) for c in plain}
            parts.append(reached.group_by("_i", "customer_id").aggregate(**sums))
        if sets:
            parts.append(_days(desk, reached, sets))
        if len(parts) == 1:
            return parts[0]
        both = parts[0].inner_join(parts[1], ["_i", "customer_id"])
        return both.select("_i", "customer_id", *(c.column for c in cells))

    def _reached(self, desk: Desk, slots: ir.Table, windows: tuple[int, ...]) -> ir.Table:
        """Slots once for every moment they reach, with the customer of that moment and the age there."""
        if self.by == "account_id":
            owners = desk.accounts.select("account_id", "customer_id", "_from", "_until")
            slots = slots.inner_join(owners, "account_id")
        found = slots.inner_join(desk.reach(windows), "_slot")
        if "_until" in found.columns:
            found = found.filter(found["_from"] <= found["_i"], found["_i"] < found["_until"])
        return found


def _value(measure: Measure, rows: ir.Table) -> ir.Value:
    value = measure.value(rows)
    if measure.how == "days":
        return ibis.ifelse(value, rows["_bit"], 0)
    if measure.how == "count":
        # int32: DuckDB adds these in 64 bits, wider ones in 128.
        return ibis.ifelse(value, 1, 0).cast("int32")
    return value


def _first(rows: ir.Table, name: str, measure: Measure) -> ir.Value:
    column = rows[name]
    match measure.how:
        case "sum":
            return column.sum()
        case "count":
            return column.sum().cast("int32")
        case "max":
            return column.max()
        case "min":
            return column.min()
        case "days":
            return column.bit_or()


def _over(reached: ir.Table, cell: Cell, measure: Measure) -> ir.Value:
    column, within = reached[cell.measure], reached["_age"] < (cell.window or 0)
    match measure.how:
        case "max":
            return ibis.ifelse(within, column, ibis.null(column.type())).max().cast("float64")
        case "min":
            return ibis.ifelse(within, column, ibis.null(column.type())).min().cast("float64")
        case "count":
            return ibis.ifelse(within, column, 0).cast("int32").sum().cast("float64")
        case _:
            return ibis.ifelse(within, column, 0.0).sum()


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
