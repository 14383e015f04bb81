"""The bank's tables narrowed to one customer before anything else happens to them.

`known` picks the newest version of each key with a window over all rows, and an engine cannot push a customer's
number below it. So the narrowing comes first, by what reads few row groups (lake/arrangement.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.insight.known import BankTables, Rows, tables_as_of
from liuke.insight.stitching import BORNE
from liuke.tables import EVENT, IDENTITY_LINK, Table


def tables_of(
    rows: Rows, customer_id: ir.StringValue, account_id: ir.StringValue, as_of: AsOf, zone: ZoneInfo,
    *, stitch: bool = False,
) -> BankTables:  # fmt: skip
    """The tables as of `as_of` with the rows of one customer only; products, staff and branches whole.

    account_id: parameter that holds the customer's accounts, as `account` gives them: a list in the query prunes
    better than a join. A row counts as theirs by its newest version known: an account handed on is gone. stitch: see
    tables_as_of; events are then also those of devices that were ever linked to the customer.
    """

    def narrowed(table: Table) -> ir.Table:
        whole = rows(table)
        if stitch and table in (EVENT, IDENTITY_LINK):
            return _linked(whole, rows(IDENTITY_LINK), table, customer_id)
        if table.subject == "account_id":
            return whole.filter(whole.account_id.isin([account_id]))
        if table.subject != "customer_id":
            return whole
        return versions_of(whole, table, lambda column: column == customer_id)

    tables = tables_as_of(narrowed, as_of, zone, stitch=stitch)
    return replace(
        tables,
        event=tables.event.filter(tables.event.customer_id == customer_id) if stitch else tables.event,
        account=tables.account.filter(tables.account.customer_id == customer_id),
        complaint=tables.complaint.filter(tables.complaint.customer_id == customer_id),
        holding=tables.holding.filter(tables.holding.customer_id == customer_id),
    )


def versions_of(whole: ir.Table, table: Table, ours: Callable[[ir.StringColumn], ir.BooleanValue]) -> ir.Table:
    """The rows of a table with a customer_id that are about some customers, with all versions of what was ever theirs:
    a thing handed on is known by its newest version.
    """
    mine = whole.filter(ours(whole.customer_id))
    if not table.history or "customer_id" in table.key:
        return mine
    keys = list(table.key)
    return whole.semi_join(mine.select(keys).distinct(), keys)


def _linked(whole: ir.Table, links: ir.Table, table: Table, customer_id: ir.StringValue) -> ir.Table:
    """Every link of an id that was ever the customer's; of events the customer's own and those of these ids.

    Two filters side by side instead of one with `or`: each leaves most row groups unread.
    """
    ids = links.filter(links.customer_id == customer_id).select("id_type", "id_value").distinct()
    if table is IDENTITY_LINK:
        return whole.semi_join(ids, ["id_type", "id_value"])
    devices = ids.filter(ids.id_type.isin(BORNE)).select(anonymous_id="id_value")
    own = whole.filter(whole.customer_id == customer_id)
    return own.union(whole.filter(whole.customer_id.isnull()).semi_join(devices, "anonymous_id"))
