"""Cells of many moments in one sweep over the rows, added up in dense arrays (grid.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Final, Protocol

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.insight.features.definition import Cell
from liuke.insight.features.desk import Desk
from liuke.insight.features.grid import Days, Extremes, Floats, Plan, Rows, Sums, Whole
from liuke.insight.features.scratch import Scratch

BLOCK: Final = 32_768
"""Customers read off together by one thread: with fewer, threads wait for each other more than they work."""


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

    def read_off(self, moment: int, who: slice) -> Iterator[tuple[Cell, Floats]]:
        """The cells of some customers at a moment, a value for each; NaN where there is none."""
        ...


def sweep(
    desk: Desk, placed: ir.Table, by: str, cells: Sequence[Cell], takers: Callable[[Plan], Sequence[Taker]]
) -> ir.Table:
    """`_i`, customer_id and the cells, from rows with their day of the calendar and `_slot`.

    by: account_id or customer_id, as in windows.Additive. Memory: for every customer of the part one number per
    interval and kind.
    """
    windows = tuple(sorted({c.window for c in cells if c.window}))
    desk.memory.grids.begin()
    plan = Plan(desk.chain, windows, desk.engine.count(desk.numbers), desk.memory.grids)
    added = takers(plan)
    for batch in _ahead(desk.engine.batches(_numbered(desk, placed, by, added))):
        _take_in(plan, batch, added)
    # Who is who stays in the engine: arrays know numbers only.
    made = desk.engine.lent(_read_off(plan, cells, added, desk.memory.cells))
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


def _read_off(plan: Plan, cells: Sequence[Cell], added: Sequence[Taker], scratch: Scratch) -> pa.Table:
    """`_i`, `_k` and the cells, moment by moment."""
    out = scratch.empty((len(cells), plan.moments, plan.customers))
    place = {cell: n for n, cell in enumerate(cells)}

    def fill(block: tuple[int, int]) -> None:
        moment, first = block
        who = slice(first, min(first + BLOCK, plan.customers))
        for each in added:
            for cell, values in each.read_off(moment, who):
                out[place[cell], moment, who] = values

    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda each: each.grid.settle(), added))
        list(threads.map(fill, product(range(plan.moments), range(0, plan.customers, BLOCK))))
    columns = {cell.column: pa.array(out[n].reshape(-1), from_pandas=not cell.zero) for n, cell in enumerate(cells)}
    numbers = np.tile(np.arange(plan.customers), plan.moments)
    return pa.table({"_i": np.repeat(np.arange(plan.moments), plan.customers), "_k": numbers, **columns})
