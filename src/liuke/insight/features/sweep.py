"""Cells of many moments in one sweep over the rows, added up in dense arrays (grid.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.insight.features.definition import Cell
from liuke.insight.features.desk import Desk
from liuke.insight.features.grid import Days, Extremes, Floats, Plan, Rows, Sums, Whole


class Taker(Protocol):
    """Takes rows in and gives cells."""

    @property
    def grid(self) -> Sums | Extremes | Days:
        """Where it adds up."""
        ...

    def values(self, rows: ir.Table) -> dict[str, ir.Value]:
        """What the stream must bring."""
        ...

    def of(self, batch: pa.RecordBatch) -> tuple[Floats, Whole | int]:
        """The numbers of a batch and their kinds."""
        ...

    def read_off(self, moment: int) -> Iterator[tuple[Cell, pa.Array]]:
        """The cells of a moment, a value per customer."""
        ...


def sweep(
    desk: Desk, placed: ir.Table, by: str, cells: Sequence[Cell], takers: Callable[[Plan], Sequence[Taker]]
) -> ir.Table:
    """`_i`, customer_id and the cells, from rows with their day of the calendar and `_slot`.

    by: account_id or customer_id, as in windows.Additive. Memory: for every customer of the part one number per
    interval and kind.
    """
    windows = tuple(sorted({c.window for c in cells if c.window}))
    plan = Plan(desk.chain, windows, desk.engine.count(desk.numbers))
    added = takers(plan)
    for batch in _ahead(desk.engine.batches(_numbered(desk, placed, by, added))):
        _take_in(plan, batch, added)
    schema = pa.schema([("_i", pa.int64()), ("_k", pa.int64()), *((c.column, pa.float64()) for c in cells)])
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda each: each.grid.settle(), added))
        moments = list(threads.map(lambda moment: _read_off(plan, moment, added, schema), range(plan.moments)))
    # Who is who stays in the engine: arrays know numbers only.
    made = desk.engine.lent(pa.Table.from_batches(moments, schema))
    return desk.keep(made, made.inner_join(desk.numbers, "_k").drop("_k"))


def whole(batch: pa.RecordBatch, name: str) -> Whole:
    """A column of whole numbers without nulls."""
    return np.asarray(batch[name].to_numpy(zero_copy_only=False), np.int64)


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, each fetched while the one before is worked on."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


def _take_in(plan: Plan, batch: pa.RecordBatch, added: Sequence[Taker]) -> None:
    spoken = (whole(batch, "_from"), whole(batch, "_until")) if "_until" in batch.schema.names else None
    rows = Rows.of(plan, whole(batch, "_k"), whole(batch, "_d"), whole(batch, "_slot"), spoken)
    odd = rows.odd(plan)
    if odd.any():
        strange, strangers = rows.where(odd), batch.filter(pa.array(odd))
        for each in added:
            each.grid.add_odd(strange, *each.of(strangers))
        rows, batch = rows.where(~odd), batch.filter(pa.array(~odd))
    for each in added:
        each.grid.add(rows, *each.of(batch))


def _numbered(desk: Desk, placed: ir.Table, by: str, added: Sequence[Taker]) -> ir.Table:
    """Rows with the number of their customer; with `_from` and `_until` where they do not speak for all moments."""
    spoken = ["_from", "_until"] if by == "account_id" or "_until" in placed.columns else []
    joined = desk.engine.layer(placed.inner_join(desk.numbered_owners if by == "account_id" else desk.numbers, by))
    values = {name: value for each in added for name, value in each.values(joined).items()}
    return joined.select("_k", "_d", "_slot", *spoken, **values)


def _read_off(plan: Plan, moment: int, added: Sequence[Taker], schema: pa.Schema) -> pa.RecordBatch:
    """The cells of one moment, a row per customer."""
    made = {cell.column: array for each in added for cell, array in each.read_off(moment)}
    made |= {"_i": pa.repeat(pa.scalar(moment, pa.int64()), plan.customers), "_k": pa.array(np.arange(plan.customers))}
    return pa.record_batch([made[name] for name in schema.names], schema=schema)
