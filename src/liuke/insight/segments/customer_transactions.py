"""Transactions of the last 180 days with their customer, kept so that conditions on them answer at once.

The contract's rows lie by account, and finding the owner of every account takes longer than counting.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.insight.segments.recent_days import first_day, refresh_days
from liuke.lake import Lake
from liuke.tables import CUSTOMER_TRANSACTION


def customer_transactions(tables: BankTables, first: date) -> ir.Table:
    """CUSTOMER_TRANSACTION rows from day `first` on: those of accounts that somebody is known to own."""
    recent = tables.transaction.filter(tables.transaction.business_date >= ibis.literal(first))
    return recent.inner_join(_owners(tables), "account_id").select(*CUSTOMER_TRANSACTION.names)


def refresh_customer_transactions(lake: Lake, engine: Engine, tables: BankTables) -> int:
    """Brings the stored rows to what is known at the as-of moment; returns how many days were written anew.

    Beside days with another number of rows, those with rows of an account that is somebody else's now.
    """
    known = customer_transactions(tables, first_day(tables.as_of.day))
    stored = lake.scan(engine, CUSTOMER_TRANSACTION)
    counts = (
        known.group_by("business_date").aggregate(n=known.count()),
        stored.group_by("business_date").aggregate(n=stored.count()),
    )

    def made(days: list[date]) -> ir.Table:
        return known.filter(known.business_date.isin(days))

    moved = engine.arrow(_moved(stored, _owners(tables)))["business_date"].to_pylist()
    return refresh_days(lake, engine, CUSTOMER_TRANSACTION, counts, made, moved)


def _owners(tables: BankTables) -> ir.Table:
    return tables.account.select("account_id", "customer_id")


def _moved(stored: ir.Table, owners: ir.Table) -> ir.Table:
    """Days with rows of accounts whose owner is not the one stored."""
    held = stored.select("account_id", "customer_id").distinct()
    now = owners.rename(owner="customer_id")
    other = held.inner_join(now, "account_id").filter(lambda t: t.owner != t.customer_id).select("account_id")
    return stored.semi_join(other, "account_id").select("business_date").distinct()
