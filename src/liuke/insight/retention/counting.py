"""Rows of returns counted by cohort: sums over bits, in one query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.retention.cohorts import Grid
from liuke.insight.retention.reading import Counts


def count_returns(
    engine: Engine, rows: ir.Table, grid: Grid, *, lost_after: int, or_after: bool, groups: str | None = None
) -> dict[str | None, tuple[Counts, ...]]:  # fmt: skip
    """One Counts per cohort of the grid, by group. rows: who, cohort, returned, is_new (returns.py).

    groups: the column of text that tells groups apart; without it all stand under None.
    """
    length = grid.periods - lost_after + 1
    rows = engine.layer(rows.mutate(_lost=_losses(rows.returned, grid.periods, lost_after)))
    keys = ["cohort", *([groups] if groups else [])]
    table = rows.group_by(keys).aggregate(
        people=rows.count(),
        new=_sum(rows.is_new),
        **{f"returned_{k}": _sum(_came(rows.returned, k, or_after)) for k in range(grid.periods + 1)},
        **{f"lasting_{k}": _sum(rows.is_new & (_up_to(rows["_lost"], k) == 0)) for k in range(1, length + 1)},
    )
    found: dict[str | None, dict[int, Counts]] = {}
    for row in engine.arrow(table).to_pylist():
        group = row[groups] if groups else None
        found.setdefault(group, {})[row["cohort"]] = _counts(row, grid.periods, length)
    nobody = Counts(0, 0, (0,) * (grid.periods + 1), (0,) * (length + 1))
    numbers = range(len(grid.cohorts))
    if not groups:
        found.setdefault(None, {})
    return {group: tuple(mine.get(c, nobody) for c in numbers) for group, mine in found.items()}


def _came(returned: ir.IntegerColumn, k: int, or_after: bool) -> ir.BooleanValue:
    moved = returned >> k
    return moved != 0 if or_after else (moved & 1) == 1


def _losses(returned: ir.IntegerColumn, periods: int, lost_after: int) -> ir.IntegerValue:
    """Bit k is set where `lost_after` periods in a row from k on are without a return, all of them looked at."""
    away = ((1 << (periods + 1)) - 1) - returned
    found: ir.IntegerValue = away
    for further in range(1, lost_after):
        found = found & (away >> further)
    return found


def _up_to(bits: ir.IntegerColumn, k: int) -> ir.IntegerValue:
    """Bits 1 … k."""
    return bits & ((1 << (k + 1)) - 2)


def _sum(test: ir.BooleanValue) -> ir.IntegerScalar:
    return test.cast("int64").sum()


def _counts(row: Mapping[str, Any], periods: int, length: int) -> Counts:
    return Counts(
        people=row["people"],
        new=row["new"],
        returned=tuple(row[f"returned_{k}"] for k in range(periods + 1)),
        lasting=(row["new"], *(row[f"lasting_{k}"] for k in range(1, length + 1))),
    )
