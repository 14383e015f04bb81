"""How customers stand on given days: the one expression behind outcomes and curves.

A *point* is a customer on a day. What is measured there uses facts of that day or before, as known at the
moment of measuring, so a correction that arrives before the run counts and what happens after the day does not.
"""

from __future__ import annotations

from typing import Literal

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import DEBTS, is_open_on
from liuke.insight.known import BankTables

Grain = Literal["W", "M"]


def measured(points: ir.Table, tables: BankTables, windows: tuple[int, ...]) -> ir.Table:
    """The points (columns customer_id, on_day, and any others) with how the customer stood on the day.

    Adds closed (left on or before the day), aum (money: sum over accounts open on the day that are not owed,
    of the last balance on or before it, negative ones as 0), and active_<w> for each of `windows`: count of
    customer-initiated transactions in the days (on_day - w, on_day]. Customers without accounts have 0.

        customer_id  on_day      →  closed  aum      active_30
        C1           2026-04-30     false   1200.00  3
        C2           2026-04-30     true    0.00     0
    """
    spots = points.select("customer_id", "on_day").distinct()
    joined = points.left_join(_closed(spots, tables), ["customer_id", "on_day"])
    joined = joined.drop("customer_id_right", "on_day_right")
    joined = joined.left_join(_aum(spots, tables), ["customer_id", "on_day"]).drop("customer_id_right", "on_day_right")
    joined = joined.left_join(_activity(spots, tables, windows), ["customer_id", "on_day"])
    filled = {f"active_{w}": joined[f"active_{w}"].fill_null(0) for w in windows}
    return joined.select(
        *[joined[name] for name in points.columns],
        closed=joined.closed.fill_null(False),
        aum=joined.aum.fill_null(0).cast("decimal(18, 2)"),
        **filled,
    )


def days_after(day: ir.DateValue, days: int) -> ir.DateValue:
    """The calendar day `days` later; a date on every engine."""
    return (day + ibis.interval(days=days)).cast("date")


def first_day(day: ir.DateValue, grain: Grain) -> ir.DateValue:
    """The Monday of the day's week, or the first of its month: a date on every engine, also once it is kept."""
    # Engines truncate to a moment, which Ibis takes for a date and would not cast.
    return day.truncate(grain).cast("timestamp").cast("date")


def _closed(spots: ir.Table, tables: BankTables) -> ir.Table:
    left = tables.customer.select("customer_id", "closed_on")
    joined = spots.inner_join(left, "customer_id")
    return joined.select("customer_id", "on_day", closed=(joined.closed_on <= joined.on_day).fill_null(False))


def _aum(spots: ir.Table, tables: BankTables) -> ir.Table:
    owned = tables.account.filter(~tables.account.account_type.isin(DEBTS))
    owned = owned.select("customer_id", "account_id", "opened_on", "closed_on")
    held = spots.inner_join(owned, "customer_id")
    held = held.filter(is_open_on(held, held.on_day)).select("customer_id", "on_day", "account_id")
    last = _last_balances(held, tables.balance_daily)
    worth = ibis.greatest(last.balance, ibis.literal(0).cast("decimal(18, 2)"))
    return last.mutate(worth=worth).group_by("customer_id", "on_day").aggregate(aum=lambda t: t.worth.sum())


def _last_balances(held: ir.Table, balances: ir.Table) -> ir.Table:
    """For each (account, day) asked, the newest balance on or before the day; accounts without one drop out.

    Of a day delivered twice the later delivery counts: the earlier one's span is empty.
    """
    wanted = held.select("account_id").distinct()
    rows = balances.semi_join(wanted, "account_id").select("account_id", "balance_date", "balance", "ingested_at")
    until = rows.balance_date.lead().over(ibis.window(group_by="account_id", order_by=["balance_date", "ingested_at"]))
    spans = rows.mutate(until=until)
    joined = held.inner_join(spans, "account_id")
    return joined.filter(
        joined.balance_date <= joined.on_day, joined.until.isnull() | (joined.until > joined.on_day)
    ).select("customer_id", "on_day", "account_id", "balance")


def _activity(spots: ir.Table, tables: BankTables, windows: tuple[int, ...]) -> ir.Table:
    own = tables.transaction.filter(tables.transaction.initiator == "customer")
    owners = tables.account.select("customer_id", "account_id")
    asked = owners.semi_join(spots, "customer_id")
    daily = (
        own.inner_join(asked, "account_id").group_by("customer_id", "business_date").aggregate(done=lambda t: t.count())
    )
    joined = spots.inner_join(daily, "customer_id")
    age = joined.on_day.delta(joined.business_date, unit="day")
    inside = joined.mutate(age=age).filter(lambda t: (t.age >= 0) & (t.age < max(windows)))
    sums = {f"active_{w}": inside.done.sum(where=inside.age < w) for w in windows}
    return inside.group_by("customer_id", "on_day").aggregate(**sums)
