"""Measures of rows over windows: rows are read once, added up by slot, and slots are handed to moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import Cell, How, Measure
from liuke.insight.features.desk import Desk

_MASKS = ((1, 0x1555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F))
_HALF = 2.0**26
_FEW = 2
"""Moments up to which a slot is handed to windows at once."""


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
        columns = _columns(cells, self.measures)
        placed = desk.engine.layer(desk.placed(self.rows(desk), windows))
        spoken = ["_from", "_until"] if "_until" in placed.columns else []
        narrow = desk.engine.layer(
            placed.select(self.by, "_slot", *spoken, **{c.name: c.value(placed) for c in columns})
        )
        slots = narrow.group_by(self.by, "_slot", *spoken).aggregate(**{c.name: c.added(narrow) for c in columns})
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
            owners = desk.accounts.select("account_id", "customer_id", "_from", "_until")
            slots = slots.inner_join(owners, "account_id")
        found = slots.inner_join(desk.reach(windows), "_slot")
        if "_until" in found.columns:
            found = found.filter(found["_from"] <= found["_i"], found["_i"] < found["_until"])
        return found


@dataclass(frozen=True, slots=True)
class _Column:
    """What is added up in one column: one measure, or two counters packed into one number.

    Everything additive is a whole number (counters, days, fen) in a float64: exact up to 2^53, so the order in which
    an engine adds does not matter. Two counters share one as low + 2^26·high, exact up to 67 million rows each.
    """

    measures: tuple[tuple[str, Measure], ...]
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return "__".join(name for name, _ in self.measures)

    @property
    def how(self) -> How:
        return self.measures[0][1].how

    def value(self, rows: ir.Table) -> ir.Value:
        """Of one row."""
        values = [m.value(rows) for _, m in self.measures]
        match self.how:
            case "days":
                return ibis.ifelse(values[0], rows["_bit"], 0)
            case "count":
                ones = [v if v.type().is_floating() else ibis.ifelse(v, 1.0, 0.0) for v in values]
                return ones[0] if len(ones) == 1 else ones[0] + ones[1] * _HALF
            case _:
                return values[0]

    def added(self, rows: ir.Table) -> ir.Value:
        """Of a group of rows."""
        column = rows[self.name]
        match self.how:
            case "max":
                return column.max()
            case "min":
                return column.min()
            case "days":
                return column.bit_or()
            case _:
                return column.sum()

    def over(self, reached: ir.Table, window: int, whole: bool) -> ir.Value:
        """Of the rows within the window. whole: all rows are."""
        column = reached[self.name]
        if self.how in ("max", "min"):
            if not whole:
                column = ibis.ifelse(reached["_age"] < window, column, ibis.null(column.type()))
            return column.max() if self.how == "max" else column.min()
        return (column if whole else column * reached[f"_in_{window}"]).sum()

    def unpacked(self, cell: Cell, added: ir.Value) -> ir.Value:
        """The value of a cell from what was added up over its window."""
        if self.how == "money":
            return added / 100.0
        if self.how == "count" and len(self.measures) == 2:
            high = (added * (1 / _HALF)).floor().cast("float64")
            return high if cell.measure == self.measures[1][0] else added - high * _HALF
        return added.cast("float64")


def _columns(cells: Sequence[Cell], measures: Mapping[str, Measure]) -> list[_Column]:
    """The columns to add up; counters wanted over the same windows share one."""
    mine: dict[str, list[Cell]] = {}
    for cell in cells:
        mine.setdefault(cell.measure, []).append(cell)
    counters = [n for n in mine if measures[n].how == "count"]
    counters.sort(key=lambda n: sorted(c.window or 0 for c in mine[n]))
    groups = [counters[k : k + 2] for k in range(0, len(counters), 2)]
    groups += [[n] for n in mine if measures[n].how != "count"]
    return [_Column(tuple((n, measures[n]) for n in g), tuple(c for n in g for c in mine[n])) for g in groups]


def _sums(desk: Desk, reached: ir.Table, columns: Sequence[_Column], windows: tuple[int, ...]) -> ir.Table:
    """The cells of all measures but sets of days."""
    key = ["_i", "customer_id"]
    if len(desk.chain.moments) > _FEW:
        # Many slots to a moment: first into the rings between windows, of which there are at most four.
        rings = desk.engine.layer(reached.select(*key, "_ring", *(c.name for c in columns)))
        rings = rings.group_by(*key, "_ring").aggregate(**{c.name: c.added(rings) for c in columns})
        reached = desk.engine.layer(rings).rename(_age="_ring")
    marks = {f"_in_{w}": ibis.ifelse(reached["_age"] < w, 1.0, 0.0) for w in windows[:-1]}
    marked = desk.engine.layer(reached.select(*key, "_age", *(c.name for c in columns), **marks))
    wanted = {f"{c.name}__{w}": (c, w) for c in columns for w in sorted({cell.window or 0 for cell in c.cells})}
    added = marked.group_by(*key).aggregate(**{n: c.over(marked, w, w == windows[-1]) for n, (c, w) in wanted.items()})
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
