"""The bank's tables narrowed to one customer before anything else happens to them.

`known` picks the newest version of each key with a window over all rows, and an engine cannot push a customer's
number below it. So the narrowing comes first, by what reads few row groups (lake/arrangement.py).
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.insight.known import BankTables, Rows, tables_as_of
from liuke.tables import Table


def tables_of(
    rows: Rows, customer_id: ir.StringValue, account_id: ir.StringValue, as_of: AsOf, zone: ZoneInfo
) -> BankTables:
    """The tables as of `as_of` with the rows of one customer only; products, staff and branches whole.

    account_id: parameter that holds the customer's accounts, as `account` gives them: a list in the query prunes
    better than a join. A row counts as theirs by its newest version known: an account handed on is gone.
    """

    def narrowed(table: Table) -> ir.Table:
        whole = rows(table)
        if table.subject == "account_id":
            return whole.filter(whole.account_id.isin([account_id]))
        if table.subject != "customer_id":
            return whole
        if not table.history or "customer_id" in table.key:
            return whole.filter(whole.customer_id == customer_id)
        keys = list(table.key)
        return whole.semi_join(whole.filter(whole.customer_id == customer_id).select(keys).distinct(), keys)

    tables = tables_as_of(narrowed, as_of, zone)
    return replace(
        tables,
        account=tables.account.filter(tables.account.customer_id == customer_id),
        complaint=tables.complaint.filter(tables.complaint.customer_id == customer_id),
        holding=tables.holding.filter(tables.holding.customer_id == customer_id),
    )
