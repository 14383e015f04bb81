"""Values left open in an expression, so that it is compiled once and run for one customer after another.

Compiling an expression costs Ibis some ten milliseconds, more than a well pruned look-up itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.errors import OurBug

_OPEN, _CLOSE = "\ue000", "\ue001"
_HOLE = re.compile(f"'{_OPEN}([a-z_]+){_CLOSE}'")


class Prepared(Protocol):
    """A compiled expression."""

    def __call__(self, **values: str | Sequence[str]) -> pa.Table:
        """The result with these texts in place of the parameters; OurBug when one has no value.

        Several texts stand in `column.isin([parameter(name)])`; none of them matches nothing.
        """
        ...


def parameter(name: str) -> ir.StringScalar:
    """A text that is given when the prepared expression is run; cast it where it stands for a date.

    name: lower-case letters and underscores.
    """
    return ibis.literal(f"{_OPEN}{name}{_CLOSE}")


def filled(sql: str, values: Mapping[str, str | Sequence[str]], quoted: Callable[[str], str]) -> str:
    """The query with every parameter replaced by its value, written as a text of the engine's dialect."""

    def value(hole: re.Match[str]) -> str:
        if hole[1] not in values:
            raise OurBug(f"a prepared query was run without its parameter '{hole[1]}'", then="report this")
        given = values[hole[1]]
        return quoted(given) if isinstance(given, str) else ", ".join(map(quoted, given)) or "NULL"

    return _HOLE.sub(value, sql)


__all__ = ["Prepared", "filled", "parameter"]
