"""Ibis' DuckDB SQL where another way of writing the same is planned faster, and two shorter ways to the same SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.common.graph import bfs
from ibis.common.patterns import NoMatch

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
RULES: Final = (*DuckDBCompiler.lowered_ops.values(), *DuckDBCompiler.rewrites)
"""What Ibis rewrites in an expression before it makes SQL of it."""
REWRITTEN: Final = (
    ops.ArrayFilter, ops.ArrayMap, ops.ArrayPosition, ops.Bucket, ops.Capitalize, ops.FindInSet, ops.InValues,
    ops.NthValue, ops.Sample, ops.StringFind, ops.WindowFunction,
)  # fmt: skip
"""The operations of which the rules speak."""


class DuckCompiler(DuckDBCompiler):  # type: ignore[misc]  # Ibis has no types
    """Ibis' compiler for DuckDB, with moments written as numbers."""

    __slots__ = ()

    def translate(self, op: Any, *, params: Mapping[Any, Any]) -> Any:
        """Without the rules where none applies: for them Ibis sorts and walks the whole expression twice."""
        asked = [node for node in bfs(op) if isinstance(node, REWRITTEN)]
        applies = any(rule.match(node, {}) is not NoMatch for node in asked for rule in RULES)
        return super().translate(op, params=params) if applies else DuckDBCompiler.translate(_PLAIN, op, params=params)

    def visit_Select(self, op: Any, **parts: Any) -> Any:  # noqa: N802
        """Whether a selection is of all columns is told without making a field of each column to compare it with."""
        return super().visit_Select(_Stars(_is_whole(op)), **parts)

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


class _PlainCompiler(DuckCompiler):
    """The same without rules."""

    __slots__ = ()
    rewrites = ()
    LOWERED_OPS = dict.fromkeys(DuckDBCompiler.lowered_ops)  # None takes a rule away


_PLAIN: Final = _PlainCompiler()


@dataclass(frozen=True, slots=True)
class _Stars:
    """The one thing that Ibis asks a selection while it writes it."""

    stars: bool

    def is_star_selection(self) -> bool:
        return self.stars


def _is_whole(op: Any) -> bool:
    """Whether a selection is of all columns of its parent, each as it is and in their order."""
    chosen, columns = op.selections, op.parent.schema.names
    return len(chosen) == len(columns) and all(
        name == column and isinstance(value, ops.Field) and value.name == name and value.rel == op.parent
        for (name, value), column in zip(chosen.items(), columns, strict=True)
    )


__all__ = ["REWRITTEN", "RULES", "DuckCompiler"]
