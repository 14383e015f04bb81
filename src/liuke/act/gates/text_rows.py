"""A few rows as one text, so that they can be a parameter of a prepared expression."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import ibis.expr.types as ir
import pyarrow as pa

ROW, FIELD = "\x1e", "\x1f"
_KINDS: Final = {"string": "string", "int64": "int64", "bool": "boolean", "date32[day]": "date"}


def as_text(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> str:
    """The rows in the order of the schema's columns. Nothing stands for null, so an empty text becomes null."""
    return ROW.join(FIELD.join(_written(row[name]) for name in schema.names) for row in rows)


def from_text(one_row: ir.Table, text: ir.StringScalar, schema: pa.Schema) -> ir.Table:
    """The table that `as_text` wrote; its first column is never null. one_row: any table of one row."""
    fields = one_row.select(fields=text.split(ROW).unnest()).select(fields=lambda t: t.fields.split(FIELD))
    columns = {
        name: fields.fields[place].nullif("").cast(_KINDS[str(schema.field(name).type)])
        for place, name in enumerate(schema.names)
    }
    made = fields.select(**columns)
    return made.filter(made[schema.names[0]].notnull())


def _written(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
