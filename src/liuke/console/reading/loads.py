"""Loads, quarantine and the freshness of tables, from the lake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
from django.core.cache import cache

from liuke.console.reading.lending import Reader
from liuke.govern.access import MASKED
from liuke.govern.masking import mask_rejected, mask_row, mask_text
from liuke.lake import TableStatus, status
from liuke.tables import LOAD_LOG, QUARANTINE, TABLES

QUARANTINE_PAGE: Final = 25


def loads(reader: Reader, limit: int = 20) -> list[dict[str, Any]]:
    """The newest loads, one row per (source, batch, table)."""
    rows = reader.house.lake.scan(reader.engine, LOAD_LOG)
    newest = rows.order_by(ibis.desc("finished_at"), "table_name").limit(limit)
    return list(reader.engine.arrow(newest).to_pylist())


def quarantine_sums(reader: Reader, limit: int = 30) -> list[dict[str, Any]]:
    """Quarantined rows by source, table and rule, the most first."""
    rows = reader.house.lake.scan(reader.engine, QUARANTINE)
    sums = rows.group_by("source", "table_name", "rule").aggregate(n=rows.count(), newest=rows.ingested_at.max())
    most = sums.order_by(ibis.desc("n"), "source", "table_name", "rule").limit(limit)
    return list(reader.engine.arrow(most).to_pylist())


def quarantined(reader: Reader, chosen: Mapping[str, str], page: int) -> tuple[list[dict[str, Any]], int]:
    """One page of quarantined rows, newest first, masked; and how many there are.

    chosen: source, table_name and rule, '' for any. The value is shown where it can hardly be a person's
    (`mask_rejected`), the whole row never leaves the lake.
    """
    rows = reader.house.lake.scan(reader.engine, QUARANTINE)
    for name, value in chosen.items():
        if value:
            rows = rows.filter(rows[name] == value)
    total = reader.engine.count(rows)
    ordered = rows.drop("row_text").order_by(ibis.desc("ingested_at"), "file", "line")
    found = reader.engine.arrow(ordered.limit(QUARANTINE_PAGE, offset=(page - 1) * QUARANTINE_PAGE)).to_pylist()
    return [_masked(row) for row in found], total


def tables(reader: Reader) -> list[TableStatus]:
    """Every table's rows, version and last date; kept for a minute."""
    key = f"tables:{abs(hash(str(reader.house.lake.root)))}"
    found: list[TableStatus] | None = cache.get(key)
    if found is None:
        found = status(reader.house.lake, reader.engine)
        cache.set(key, found, 60)
    return found


def _masked(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = mask_row(row, QUARANTINE, MASKED)
    shown["message"] = mask_text(row["message"] or "")
    shown["value"] = mask_rejected(row["value"], TABLES.get(row["table_name"]), row["column_name"])
    return shown
