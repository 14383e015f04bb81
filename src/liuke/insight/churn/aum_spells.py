"""AUM as spells: from when to when a customer's assets had which value. Sums over any days follow by overlap."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import DEBTS, MONEY
from liuke.insight.known import BankTables

FOREVER = date(9999, 12, 31)


def aum_spells(tables: BankTables, first: date) -> ir.Table:
    """One row per customer and stretch of days with the same AUM, from day `first` to the as-of day of `tables`.

        customer_id  since       ends        value
        C1           2026-01-01  2026-03-04  52000.0     (2026-03-03 was the last day with it)
        C1           2026-03-04  9999-12-31      0.0

    AUM as everywhere: accounts open on the day, debts left out, the last balance on or before the day, negative
    ones as 0. A customer's first spell begins with his first balance or on `first`, whichever is later; spells of a
    customer follow each other without gaps. Steps are added up as decimals, so a value is exact to the cent. Lazy.
    """
    day = {"group_by": "account_id", "order_by": "on"}
    values = _values(tables, first)
    before = values.value.lag().over(ibis.window(**day)).fill_null(ibis.literal(0).cast(MONEY))
    steps = values.mutate(step=values.value - before)
    daily = steps.group_by("customer_id", "on").aggregate(step=steps.step.sum())
    order = ibis.window(group_by="customer_id", order_by="on")
    return daily.select(
        "customer_id",
        since="on",
        ends=daily.on.lead().over(order).fill_null(ibis.literal(FOREVER)),
        value=daily.step.cumsum(group_by="customer_id", order_by="on").cast("float64"),
    )


def _values(tables: BankTables, first: date) -> ir.Table:
    """Value of each account on `first` (carried forward) and on each later day it changed, its closing included."""
    start, last_day = ibis.literal(first), ibis.literal(tables.as_of.day)
    accounts = tables.account.filter(~tables.account.account_type.isin(DEBTS))
    owned = accounts.select("account_id", "customer_id", "closed_on", opened="opened_on")
    rows = tables.balance_daily.select("account_id", "business_date", "ingested_at", "balance")
    rows = rows.inner_join(owned, "account_id")
    rows = rows.mutate(
        on=ibis.greatest(rows.business_date, rows.opened, start),
        row=ibis.struct({"day": rows.business_date, "known": rows.ingested_at, "balance": rows.balance}),
    )
    latest = rows.group_by("account_id", "customer_id", "closed_on", "on").aggregate(row=rows.row.max())
    held = latest.filter(latest.on <= last_day, latest.closed_on.isnull() | (latest.on < latest.closed_on))
    nothing = ibis.literal(0).cast(MONEY)
    balance = held.row["balance"]
    values = held.select("account_id", "customer_id", "on", value=ibis.ifelse(balance > 0, balance, nothing))
    # An account without a balance before it closed never had a value to take away.
    known = held.select("account_id").distinct()
    ended = owned.filter(owned.closed_on > start, owned.closed_on <= last_day).semi_join(known, "account_id")
    return values.union(ended.select("account_id", "customer_id", on="closed_on", value=nothing))


def days_within(spells: ir.Table, first: ir.DateValue, after: ir.DateValue) -> ir.IntegerValue:
    """How many days of each spell lie in [first, after); 0 when none."""
    days = ibis.least(spells.ends, after).delta(ibis.greatest(spells.since, first), unit="day")
    return ibis.greatest(days, 0)
