"""Queries as text, for people who check a figure: the SQL of an expression over tables that are only named."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa


def named(name: str, schema: pa.Schema) -> ir.Table:
    """A table without rows or engine: an expression over it can be written out as SQL, and not run."""
    return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)


def shown_sql(expr: ir.Table) -> str:
    """The SQL (DuckDB's dialect) that an engine runs for `expr`, with the tables under their own names."""
    return str(ibis.to_sql(expr, dialect="duckdb"))
