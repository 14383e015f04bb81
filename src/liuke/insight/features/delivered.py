"""Which contract columns a bank really delivers, so that only features with something behind them are built."""

from __future__ import annotations

from liuke.engine import Engine
from liuke.insight.known import Rows
from liuke.tables import CONTRACTS


def delivered_columns(engine: Engine, rows: Rows) -> tuple[str, ...]:
    """Columns "table.column" of every contract table that has a row, in contract order.

    Whether an optional column is ever filled is not looked at: that would read the whole history. A feature of an
    empty column is null for everybody, and training leaves it out as constant.
    """
    there = [t for t in CONTRACTS.values() if engine.count(rows(t).limit(1))]
    return tuple(f"{table.name}.{name}" for table in there for name in table.names)
