"""Accepted rows → lake rows: system columns, the moment each was known, and versions for backfilled history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.collect.values import end_of_day, local_date
from liuke.collect.verdicts import Batch
from liuke.engine import Engine
from liuke.lake import in_stretches
from liuke.tables import Table

_BEGINS = ("opened_on", "since", "started_on")
_ENDS = ("closed_on", "until", "ended_on", "resolved_at", "unlinked_at")
_ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)
"""Branches, staff and products carry no date: backfilled, they count as known from the start."""


def dated(rows: ir.Table, table: Table, zone: str, now: datetime, *, backfill: bool) -> ir.Table:
    """Adds `business_date` for facts and `_at`, the moment the row counts as known.

    backfill: the end of the row's own business day (event time, else opened_on, since, started_on) in the
    bank's zone; otherwise `now`.
    """
    if table.event_time:
        moment = rows[table.event_time]
        is_date = table.column(table.event_time).kind == "date"
        rows = rows.mutate(business_date=moment if is_date else local_date(moment, zone))
    if not backfill:
        return rows.mutate(_at=ibis.literal(now))
    begins = "business_date" if table.event_time else next((n for n in _BEGINS if n in rows.columns), None)
    if begins is None:
        return rows.mutate(_at=ibis.literal(_ALWAYS))
    return rows.mutate(_at=end_of_day(rows[begins], zone))


def stored(batch: Batch, accepted: ir.Table, zone: str, *, backfill: bool) -> ir.Table:
    """Rows in the table's own columns, ready to append."""
    if backfill and batch.table.history:
        accepted = _without_foresight(accepted, batch.table, zone)
    system = {
        "source": ibis.literal(batch.source),
        "batch_id": ibis.literal(batch.batch_id),
        "line": accepted["_line"],
        "ingested_at": accepted["_at"],
    }
    return accepted.mutate(**system).select(*batch.table.names)


def _without_foresight(rows: ir.Table, table: Table, zone: str) -> ir.Table:
    """Splits a backfilled row that already tells its end: until that day the bank did not know it.

    account_id  opened_on   closed_on       account_id  closed_on   known at the end of
    A1          2025-01-05  2026-03-02   →  A1          -           2025-01-05
                                            A1          2026-03-02  2026-03-02
    """
    ends = next((n for n in _ENDS if n in (c.name for c in table.columns)), None)
    if ends is None:
        return rows
    is_date = table.column(ends).kind == "date"
    known = end_of_day(rows[ends] if is_date else local_date(rows[ends], zone), zone)
    later = known > rows["_at"]
    opened = rows.mutate(**{ends: (later & rows[ends].notnull()).ifelse(ibis.null(rows[ends].type()), rows[ends])})
    closed = rows.filter(rows[ends].notnull() & later).mutate(_at=known)
    return ibis.union(opened, closed.select(*opened.columns), distinct=False)


def reader_of(engine: Engine, rows: ir.Table, table: Table) -> pa.RecordBatchReader:
    """A stream of the rows in the table's exact Arrow schema and order on disk."""
    stream = engine.batches(rows)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in stream:
            yield batch.cast(table.arrow)

    return pa.RecordBatchReader.from_batches(table.arrow, in_stretches(batches(), table))
