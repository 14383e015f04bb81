"""Gaps between the days on which a customer does something of his own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.insight.features.definition import Cell
from liuke.insight.features.desk import Desk
from liuke.insight.features.grid import Days, Flags, Floats
from liuke.insight.features.sweep import sweep
from liuke.insight.features.windows import FEW
from liuke.tables import TRANSACTION


def gaps(desk: Desk, cells: Sequence[Cell]) -> ir.Table:
    """Gaps in days between consecutive days with own transactions; a gap counts when it lies whole in the window."""
    windows = tuple(sorted({c.window for c in cells if c.window}))
    rows = desk.rows(TRANSACTION)
    placed = desk.engine.layer(desk.placed(rows.filter(rows.initiator == "customer"), windows))
    if desk.engine.embedded and len(desk.chain.moments) > FEW:
        return sweep(desk, placed, "account_id", cells, lambda plan: [_Gaps(Days(plan), cells)])
    return _grouped(desk, placed, cells, windows)


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Gaps from the days of a sweep."""

    grid: Days
    cells: Sequence[Cell]

    def values(self, rows: ir.Table) -> dict[str, ir.Value]:
        """Every row tells of its day."""
        return {}

    def of(self, batch: pa.RecordBatch) -> tuple[Floats, int]:
        """Every row counts."""
        return np.ones(batch.num_rows), 0

    def read_off(self, moment: int, who: slice) -> Iterator[tuple[Cell, Floats]]:
        """See Taker."""
        added = {w: _added(self.grid.there(moment, w, who)) for w in {c.window or 0 for c in self.cells}}
        for cell in self.cells:
            numbers = added[cell.window or 0][cell.measure]
            yield cell, np.where(numbers > 0, numbers, np.nan) if cell.measure == "max" else numbers


def _added(there: Flags) -> dict[str, Floats]:
    """Count, sum, sum of squares and largest of the gaps of every customer. there: days, oldest first, by customers."""
    last = np.full(there.shape[1], -1)
    added = {name: np.zeros(there.shape[1]) for name in ("count", "sum", "square", "max")}
    for day, active in enumerate(there):
        who = np.flatnonzero(active)
        before = last[who]
        last[who] = day
        again = who[before >= 0]
        gap = (day - before[before >= 0]).astype(np.float64)
        added["count"][again] += 1
        added["sum"][again] += gap
        added["square"][again] += gap * gap
        added["max"][again] = np.maximum(added["max"][again], gap)
    return added


def _grouped(desk: Desk, placed: ir.Table, cells: Sequence[Cell], windows: tuple[int, ...]) -> ir.Table:
    days = placed.group_by("account_id", "_d").aggregate(_slot=placed["_slot"].min())
    found = desk.engine.layer(days.inner_join(desk.owners, "account_id").inner_join(desk.reach(windows), "_slot"))
    found = found.filter(found["_from"] <= found["_i"], found["_i"] < found["_until"])
    active = desk.engine.layer(found.select("_i", "customer_id", "_d").distinct())
    order = ibis.window(group_by=["_i", "customer_id"], order_by="_d")
    pairs = active.mutate(before=active["_d"].lag().over(order))
    pairs = pairs.inner_join(desk.moments.select("_i", today="_d"), "_i")
    pairs = desk.engine.layer(
        pairs.select(
            "_i", "customer_id", back=pairs.today - pairs.before, gap=(pairs["_d"] - pairs.before).cast("float64")
        )
    )
    return pairs.group_by("_i", "customer_id").aggregate(**{c.column: _gap(pairs, c) for c in cells})


def _gap(pairs: ir.Table, cell: Cell) -> ir.Value:
    within = pairs.back < (cell.window or 0)
    values = {"count": ibis.literal(1.0), "sum": pairs.gap, "square": pairs.gap * pairs.gap, "max": pairs.gap}
    if cell.measure == "max":
        return ibis.ifelse(within, pairs.gap, ibis.null("float64")).max()
    return ibis.ifelse(within.fill_null(False), values[cell.measure], 0.0).sum()
