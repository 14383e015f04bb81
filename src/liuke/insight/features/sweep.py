"""Cells of many moments in one sweep over the rows, added up in dense arrays (grid.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from liuke.insight.features.definition import Cell, How, Measure
from liuke.insight.features.desk import Desk
from liuke.insight.features.grid import Days, Extremes, Floats, Plan, Rows, Sums, Whole
from liuke.insight.features.packing import Coded, Packed, coded


def swept(desk: Desk, placed: ir.Table, by: str, measures: Mapping[str, Measure], cells: Sequence[Cell]) -> ir.Table:
    """See windows.Additive. placed: rows with their day of the calendar and `_slot`."""
    windows = tuple(sorted({c.window for c in cells if c.window}))
    plan = Plan(desk.chain, windows, desk.engine.count(desk.numbers))
    alone, together = coded(cells, measures)
    added: list[_Alone | _Together] = [_Alone(column, _grid(plan, column)) for column in alone]
    added += [_Together(column, Sums(plan, column.kinds)) for column in together]
    for batch in _ahead(desk.engine.batches(_numbered(desk, placed, by, added))):
        _take_in(plan, batch, added)
    schema = pa.schema([("_i", pa.int64()), ("_k", pa.int64()), *((c.column, pa.float64()) for c in cells)])
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda each: each.grid.settle(), added))
        moments = list(threads.map(lambda moment: _read_off(plan, moment, added, schema), range(plan.moments)))
    # Who is who stays in the engine: arrays know numbers only.
    made = desk.engine.lent(pa.Table.from_batches(moments, schema))
    return desk.keep(made, made.inner_join(desk.numbers, "_k").drop("_k"))


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, each fetched while the one before is worked on."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


@dataclass(frozen=True, slots=True)
class _Alone:
    """A column of its own and where it is added up."""

    column: Packed
    grid: Sums | Extremes | Days

    def values(self, rows: ir.Table) -> dict[str, ir.Value]:
        """What the stream must bring."""
        return {self.column.name: self.column.value(rows)}

    def of(self, batch: pa.RecordBatch) -> tuple[Floats, int]:
        """The numbers of a batch."""
        return _numbers(batch[self.column.name], self.column.how), 0

    def read_off(self, moment: int) -> Iterator[tuple[Cell, pa.Array]]:
        """The cells of a moment."""
        over = dict(self.grid.over(moment, self.column.windows))
        for cell in self.column.cells:
            found = over[cell.window or 0][0]
            nothing = np.isinf(found) if isinstance(self.grid, Extremes) else None
            yield cell, pa.array(self.column.unpacked_array(cell, found), mask=nothing)


@dataclass(frozen=True, slots=True)
class _Together:
    """Measures told apart by a code, brought and added up as one."""

    column: Coded
    grid: Sums

    def values(self, rows: ir.Table) -> dict[str, ir.Value]:
        """What the stream must bring."""
        name = self.column.name
        return {name: self.column.among.quantity(rows), f"_of_{name}": self.column.among.code(rows)}

    def of(self, batch: pa.RecordBatch) -> tuple[Floats, Whole]:
        """The numbers of a batch and their codes."""
        return _numbers(batch[self.column.name], self.column.how), _whole(batch, f"_of_{self.column.name}")

    def read_off(self, moment: int) -> Iterator[tuple[Cell, pa.Array]]:
        """The cells of a moment."""
        over = dict(self.grid.over(moment, {cell.window or 0 for cell in self.column.numbers}))
        for cell, number in self.column.numbers.items():
            yield cell, pa.array(self.column.unpacked_array(over[cell.window or 0][number]))


def _take_in(plan: Plan, batch: pa.RecordBatch, added: Sequence[_Alone | _Together]) -> None:
    spoken = (_whole(batch, "_from"), _whole(batch, "_until")) if "_until" in batch.schema.names else None
    rows = Rows.of(plan, _whole(batch, "_k"), _whole(batch, "_d"), _whole(batch, "_slot"), spoken)
    odd = rows.odd(plan)
    if odd.any():
        strange, strangers = rows.where(odd), batch.filter(pa.array(odd))
        for each in added:
            each.grid.add_odd(strange, *each.of(strangers))
        rows, batch = rows.where(~odd), batch.filter(pa.array(~odd))
    for each in added:
        each.grid.add(rows, *each.of(batch))


def _numbered(desk: Desk, placed: ir.Table, by: str, added: Sequence[_Alone | _Together]) -> ir.Table:
    """Rows with the number of their customer; with `_from` and `_until` where they do not speak for all moments."""
    spoken = ["_from", "_until"] if by == "account_id" or "_until" in placed.columns else []
    joined = desk.engine.layer(placed.inner_join(desk.numbered_owners if by == "account_id" else desk.numbers, by))
    values = {name: value for each in added for name, value in each.values(joined).items()}
    return joined.select("_k", "_d", "_slot", *spoken, **values)


def _grid(plan: Plan, column: Packed) -> Sums | Extremes | Days:
    match column.how:
        case "days":
            return Days(plan)
        case "max" | "min":
            return Extremes(plan, column.how)
        case _:
            return Sums(plan)


def _whole(batch: pa.RecordBatch, name: str) -> Whole:
    return np.asarray(batch[name].to_numpy(zero_copy_only=False), np.int64)


def _numbers(array: pa.Array, how: How) -> Floats:
    """Nulls count for nothing."""
    if array.null_count:
        array = pc.fill_null(array.cast(pa.float64()), {"max": -np.inf, "min": np.inf}.get(how, 0.0))
    return np.asarray(array.to_numpy(zero_copy_only=False), np.float64)


def _read_off(plan: Plan, moment: int, added: Sequence[_Alone | _Together], schema: pa.Schema) -> pa.RecordBatch:
    """The cells of one moment, a row per customer."""
    made = {cell.column: array for each in added for cell, array in each.read_off(moment)}
    made |= {"_i": pa.repeat(pa.scalar(moment, pa.int64()), plan.customers), "_k": pa.array(np.arange(plan.customers))}
    return pa.record_batch([made[name] for name in schema.names], schema=schema)
