"""What was known when: views of lake tables as of a moment. No leakage starts here."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.tables import Table


def known(rows: ir.Table, table: Table, as_of: AsOf) -> ir.Table:
    """Rows of `table` that had happened by `as_of.day` and were known by `as_of.known_by`.

    For history tables only the newest version known of each key is kept, so a row

        account_id  closed_on   ingested_at          as of 2026-03-31
        A1          -           2026-01-01 01:00     A1  -
        A1          2026-04-02  2026-04-03 01:00     (not known yet)
    """
    seen = rows.filter(rows.ingested_at <= ibis.literal(as_of.known_by))
    if table.event_time:
        seen = seen.filter(seen.business_date <= ibis.literal(as_of.day))
    return newest(seen, table) if table.history else seen


def newest(rows: ir.Table, table: Table) -> ir.Table:
    """The newest version of each key: latest ingested, then batch id, then line, so that ties are stable.

    Tables with `newest_by` put that column first: a withdrawal of consent stands although an older grant arrives
    after it.
    """
    first = [ibis.desc(table.newest_by)] if table.newest_by else []
    order = [*first, ibis.desc("ingested_at"), ibis.desc("batch_id"), ibis.desc("line")]
    window = ibis.window(group_by=list(table.key), order_by=order)
    ranked = rows.mutate(_rank=ibis.row_number().over(window))
    return ranked.filter(ranked["_rank"] == 0).drop("_rank")
