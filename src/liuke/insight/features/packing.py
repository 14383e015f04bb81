"""Which columns a build adds up: one for a measure, for two counters, or for all that a code tells apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from liuke.insight.features.definition import Among, Cell, How, Measure

HALF: Final = 2.0**26


@dataclass(frozen=True, slots=True)
class Packed:
    """What is added up in one column: one measure, or two counters packed into one number.

    Everything additive is a whole number (counters, days, fen) in a float64: exact up to 2^53, so the order in which
    an engine adds does not matter. Two counters share one as low + 2^26·high, exact up to 67 million rows each.
    """

    measures: tuple[tuple[str, Measure], ...]
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """Its column name."""
        return "__".join(name for name, _ in self.measures)

    @property
    def how(self) -> How:
        """How its values combine."""
        return self.measures[0][1].how

    @property
    def windows(self) -> list[int]:
        """Windows of its cells, rising."""
        return sorted({cell.window or 0 for cell in self.cells})

    def value(self, rows: ir.Table) -> ir.Value:
        """Of one row; of a set of days: whether the row's day belongs to it."""
        values = [m.value(rows) for _, m in self.measures]
        if self.how != "count":
            return values[0]
        ones = [v if v.type().is_floating() else ibis.ifelse(v, 1.0, 0.0) for v in values]
        return ones[0] if len(ones) == 1 else ones[0] + ones[1] * HALF

    def unpacked(self, cell: Cell, added: ir.Value) -> ir.Value:
        """The value of a cell from what was added up over its window."""
        if self.how == "money":
            return added / 100.0
        if len(self.measures) == 2:
            high = (added * (1 / HALF)).floor().cast("float64")
            return high if self._is_high(cell) else added - high * HALF
        return added.cast("float64")

    def unpacked_array(self, cell: Cell, added: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same of numbers at hand."""
        if self.how == "money":
            return added / 100.0
        if len(self.measures) == 2:
            high = np.floor(added * (1 / HALF))
            return high if self._is_high(cell) else added - high * HALF
        return added

    def _is_high(self, cell: Cell) -> bool:
        return cell.measure == self.measures[1][0]


def packed(cells: Sequence[Cell], measures: Mapping[str, Measure]) -> list[Packed]:
    """The columns to add up; counters wanted over the same windows share one."""
    mine = _by_measure(cells)
    counters = [n for n in mine if measures[n].how == "count"]
    counters.sort(key=lambda n: sorted(c.window or 0 for c in mine[n]))
    groups = [counters[k : k + 2] for k in range(0, len(counters), 2)]
    groups += [[n] for n in mine if measures[n].how != "count"]
    return [Packed(tuple((n, measures[n]) for n in g), tuple(c for n in g for c in mine[n])) for g in groups]


@dataclass(frozen=True, slots=True)
class Coded:
    """Measures of one quantity, told apart by a code: a row counts for one of them at most."""

    among: Among
    numbers: Mapping[Cell, int]
    how: How

    @property
    def name(self) -> str:
        """The column of the quantity; that of the code is called `_of_` and the same."""
        return "__".join(dict.fromkeys(cell.measure for cell in self.numbers))

    @property
    def kinds(self) -> int:
        """One more than the largest code."""
        return max(self.numbers.values()) + 1

    def unpacked_array(self, added: NDArray[np.float64]) -> NDArray[np.float64]:
        """The value of a cell from what was added up over its window."""
        return added / 100.0 if self.how == "money" else added


def coded(cells: Sequence[Cell], measures: Mapping[str, Measure]) -> tuple[list[Packed], list[Coded]]:
    """Like `packed`, with the measures told apart by a code taken together."""
    groups: dict[tuple[object, object, How], dict[Cell, int]] = {}
    kinds: dict[tuple[object, object, How], Among] = {}
    plain = []
    for cell in cells:
        measure = measures[cell.measure]
        if measure.among is None:
            plain.append(cell)
            continue
        key = (measure.among.quantity, measure.among.code, measure.how)
        groups.setdefault(key, {})[cell] = measure.among.number
        kinds[key] = measure.among
    return packed(plain, measures), [Coded(kinds[key], mine, key[2]) for key, mine in groups.items()]


def _by_measure(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    mine: dict[str, list[Cell]] = {}
    for cell in cells:
        mine.setdefault(cell.measure, []).append(cell)
    return mine
