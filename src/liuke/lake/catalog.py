"""What exists in the lake and how fresh it is, from table metadata alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.lake.store import Lake
from liuke.tables import TABLES, Table


@dataclass(frozen=True, slots=True)
class TableStatus:
    """One table: rows, files, version, and for facts the last business date among its rows."""

    table: Table
    rows: int
    files: int
    version: int | None
    last_date: date | None


def status(lake: Lake, engine: Engine) -> list[TableStatus]:
    """The status of every known table, in load order; Parquet metadata answers without reading rows."""
    return [_status_of(lake, engine, table) for table in TABLES.values()]


def _status_of(lake: Lake, engine: Engine, table: Table) -> TableStatus:
    files = lake.files(table)
    rows = engine.scan(files, table.arrow)
    day = _date_column(rows)
    last = day.max() if day is not None else ibis.null("date")
    [fact] = engine.arrow(rows.aggregate(rows=rows.count(), last=last)).to_pylist()
    return TableStatus(table, fact["rows"], len(files), lake.version(table), fact["last"])


def _date_column(rows: ir.Table) -> ir.Column | None:
    name = next((n for n in ("business_date", "as_of", "matured_on") if n in rows.columns), None)
    return rows[name] if name else None
