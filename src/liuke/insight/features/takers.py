"""What a sweep adds up: columns of their own, and columns told apart by a code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from liuke.insight.features.definition import Cell, How, Measure
from liuke.insight.features.grid import Days, Extremes, Floats, Plan, Sums, Whole
from liuke.insight.features.packing import Coded, Packed, coded
from liuke.insight.features.sweep import Taker, whole


def takers(plan: Plan, measures: Mapping[str, Measure], cells: Sequence[Cell]) -> list[Taker]:
    """Of all cells."""
    alone, together = coded(cells, measures)
    return [
        *(_Alone(column, _grid(plan, column)) for column in alone),
        *(_Together(column, Sums(plan, column.kinds)) for column in together),
    ]


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

    def read_off(self, moment: int, who: slice) -> Iterator[tuple[Cell, Floats]]:
        """See Taker."""
        over = dict(self.grid.over(moment, who, self.column.windows))
        for cell in self.column.cells:
            found = self.column.unpacked_array(cell, over[cell.window or 0][0])
            yield cell, np.where(np.isinf(found), np.nan, found) if isinstance(self.grid, Extremes) else found


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
        return _numbers(batch[self.column.name], self.column.how), whole(batch, f"_of_{self.column.name}")

    def read_off(self, moment: int, who: slice) -> Iterator[tuple[Cell, Floats]]:
        """See Taker."""
        over = dict(self.grid.over(moment, who, {cell.window or 0 for cell in self.column.numbers}))
        for cell, number in self.column.numbers.items():
            yield cell, self.column.unpacked_array(over[cell.window or 0][number])


def _grid(plan: Plan, column: Packed) -> Sums | Extremes | Days:
    match column.how:
        case "days":
            return Days(plan)
        case "max" | "min":
            return Extremes(plan, column.how)
        case _:
            return Sums(plan)


def _numbers(array: pa.Array, how: How) -> Floats:
    """Nulls count for nothing."""
    if array.null_count:
        array = pc.fill_null(array.cast(pa.float64()), {"max": -np.inf, "min": np.inf}.get(how, 0.0))
    return np.asarray(array.to_numpy(zero_copy_only=False), np.float64)
