"""One property of one event compared with what a rule says; the reference and the fast core both read values here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from liuke.act.triggers.catalogue import Kind

Operand = str | float | bool | tuple[str | float | bool, ...] | None
Value = str | float | None

SCALE: Final = 10_000
"""Sums are added in whole ten-thousandths, so that they do not depend on the order of addition."""
LARGEST: Final = 10.0**12
"""Numbers beyond it, infinities and NaN are read as missing: a sum of a year of them must stay exact."""


def read(raw: Any, kind: Kind) -> Value:
    """The value as its kind, None when it is missing or is something else.

    A number may come as text ("12.5"), a flag as true, "true", 1; a text never as a number, but numbers are seen
    as their text where a text is asked for.

    >>> read("12.5", "number"), read(True, "flag"), read([1], "text"), read(7, "text")
    (12.5, 1.0, None, '7')
    """
    if raw is None or isinstance(raw, list | dict | tuple):
        return None
    return _READERS[kind](raw)


def _number(raw: Any) -> float | None:
    try:
        made = float(raw)
    except (TypeError, ValueError, OverflowError):
        return None
    return made if math.isfinite(made) and abs(made) <= LARGEST else None


def _text(raw: Any) -> str | None:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return raw if isinstance(raw, str) else str(raw)


def _flag(raw: Any) -> float | None:
    return _FLAGS.get(str(raw).strip().lower())


_FLAGS: Final = {"true": 1.0, "1": 1.0, "1.0": 1.0, "yes": 1.0, "false": 0.0, "0": 0.0, "0.0": 0.0, "no": 0.0}
_READERS: Final[Mapping[Kind, Callable[[Any], Value]]] = {"number": _number, "text": _text, "flag": _flag}


def scaled(value: Value) -> int:
    """A number in whole ten-thousandths, 0 where it is missing."""
    return round(value * SCALE) if isinstance(value, float) else 0


def meets(value: Value, op: str, operand: Operand) -> bool:
    """Whether the value as read meets the comparison; a missing one meets nothing but is_null."""
    if op == "is_null":
        return value is None
    return value is not None and _SIGNS[op](value, operand)


_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "not_null": lambda a, _: True,
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "contains": lambda a, b: b in a,
    "starts_with": lambda a, b: a.startswith(b),
}
OPERATORS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "text": ("==", "!=", "in", "not_in", "contains", "starts_with", "is_null", "not_null"),
    "number": ("==", "!=", "<", "<=", ">", ">=", "in", "not_in", "is_null", "not_null"),
    "flag": ("==", "!=", "is_null", "not_null"),
}
"""The comparisons each kind knows."""
