"""One comparison as an Ibis boolean that is never null: a missing value meets no condition but is_null."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.insight.rules.operand import Operand, RelativeDay

_SIGNS: dict[str, Callable[[ir.Value, ir.Value], ir.BooleanValue]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "contains": lambda a, b: a.contains(b),
    "starts_with": lambda a, b: a.startswith(b),
}


def compared(value: ir.Value, op: str, right: Operand | ir.Value, day: date) -> ir.BooleanValue:
    """`value op right` as of `day`, false where either side is missing.

    right: an operand (constants and relative days) or, for comparisons with another quantity, its expression.
    """
    if op == "is_null":
        return value.isnull()
    if op == "not_null":
        return value.notnull()
    if op == "between":
        low, high = (constant(v, day) for v in right)  # type: ignore[union-attr]
        return ((value >= low) & (value <= high)).fill_null(False)
    if op in ("in", "not_in", "under"):
        among = value.isin([constant(v, day) for v in right])  # type: ignore[union-attr]
        return (~among if op == "not_in" else among).fill_null(False)
    other = right if isinstance(right, ir.Value) else constant(right, day)
    return _SIGNS[op](value, other).fill_null(False)


def constant(value: object, day: date) -> ir.Scalar:
    """A literal; relative days become calendar days."""
    return ibis.literal(value.on(day) if isinstance(value, RelativeDay) else value)
