"""Spans of time as people write them: 90s, 30m, 4h, 7d, 2w."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from liuke.errors import Wrong

SECOND: Final = 1_000_000
"""Microseconds, the unit of every moment and span of the engine."""
DAY: Final = 86_400 * SECOND
_UNITS: Final = {"s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": DAY, "w": 7 * DAY}
_WRITTEN: Final = re.compile(r"(\d{1,6})\s*([smhdw])")
LONGEST: Final = 400 * DAY
"""No window reaches further back: a customer's record is kept as long as a window can see it."""


def microseconds(value: Any) -> int:
    """The span in microseconds. Raises Wrong telling how spans are written.

    >>> microseconds("30m"), microseconds("7d") == 7 * DAY
    (1800000000, True)
    """
    found = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Wrong("no_span", "expected a span of time such as 90s, 30m, 4h, 7d or 2w, not {value}", value=repr(value))
    span = int(found[1]) * _UNITS[found[2]]
    if span > LONGEST:
        raise Wrong("span_too_long", "'{value}' is longer than the longest span, 400d", value=value)
    return span


def said(span: int) -> str:
    """The span as it is written, in the largest unit that fits.

    >>> said(7 * DAY), said(1_800 * SECOND), said(0)
    ('1w', '30m', '0s')
    """
    unit = next((u for u in reversed(_UNITS) if span and span % _UNITS[u] == 0), "s")
    return f"{span // _UNITS[unit]}{unit}"


def _read(value: Any) -> Any:
    return microseconds(value) if not isinstance(value, int) or isinstance(value, bool) else _bare(value)


def _bare(value: int) -> int:
    if value:
        raise Wrong("no_span", "expected a span of time such as 90s, 30m, 4h, 7d or 2w, not {value}", value=repr(value))
    return 0


Span = Annotated[
    int,
    BeforeValidator(_read),
    Field(ge=0),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}\s*[smhdw]$", "examples": ["30m", "7d"]}),
]
"""A span as a YAML value; microseconds once read. 0 needs no unit."""
