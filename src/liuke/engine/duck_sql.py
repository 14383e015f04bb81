"""Ibis' DuckDB SQL where another way of writing the same is planned faster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import ibis.expr.datatypes as dt
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DuckCompiler(DuckDBCompiler):  # type: ignore[misc]  # Ibis has no types
    """Ibis' compiler for DuckDB, with moments written as numbers."""

    __slots__ = ()

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: dt.DataType) -> Any:  # noqa: N802
        """A moment as its microseconds: from year, month, …, 'UTC' DuckDB asks a calendar, 0.15 ms each time."""
        if dtype.is_timestamp() and dtype.timezone is not None and value.tzinfo is not None:
            return self.f.make_timestamptz((value - _EPOCH) // timedelta(microseconds=1))
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_TimestampDelta(self, op: Any, *, part: Any, left: Any, right: Any) -> Any:  # noqa: N802
        """Microseconds between moments as a subtraction: DATE_DIFF asks a calendar for each, three times as long."""
        if op.part.value == "microsecond" and op.left.dtype.timezone and op.right.dtype.timezone:
            return self.f.epoch_us(left) - self.f.epoch_us(right)
        return super().visit_TimestampDelta(op, part=part, left=left, right=right)


__all__ = ["DuckCompiler"]
