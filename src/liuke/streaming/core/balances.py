"""What a customer's assets came to: one event per day on which they changed.

A balance is told for the day on which it counted: its own business day, or, when it came later than the T+1 morning
(`clock.FEED_LAG`), the day whose morning it came in. So the past never knows what was corrected afterwards, and reading
it again gives what the stream gave.

    account  business_date  balance  ingested_at        →  customer  day         aum   aum_share_30
    A1       2026-03-01     100      2026-03-02 06:00      C1        2026-03-01  100   -
    A1       2026-03-20      70      2026-03-21 06:00      C1        2026-03-20   70   -
    A1       2026-04-02      35      2026-04-03 06:00      C1        2026-04-02   35   0.35
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.clock import FEED_LAG
from liuke.collect.values import end_of_day, local_date
from liuke.insight.facts import DEBTS
from liuke.insight.known import BankTables
from liuke.streaming.core.shape import as_event
from liuke.streaming.core.sight import Sight
from liuke.tables import ACCOUNT

BACK_DAYS: Final = 30
"""`aum_change_30` and `aum_share_30` compare with the assets so many days before."""
_SECOND: Final = ibis.interval(seconds=1)


def balances(tables: BankTables, first: date, last: date) -> ir.Table:
    """Events `balance` of the days from `first` to `last`, in the shape of events; the last second of the day.

    Assets as in `facts.assets_on`: balances of accounts open on the day, debts left out, a negative one counting as 0.
    aum_share_30 is null where there was nothing 30 days before.
    """
    steps = _steps(_told(tables, first - timedelta(days=BACK_DAYS), last))
    number = steps.day.delta(ibis.literal(first), unit="day").cast("int64")
    steps = steps.group_by("customer_id", "day", number=number).aggregate(change=steps.change.sum().cast("int64"))
    upto = {"group_by": "customer_id", "order_by": "number"}
    steps = steps.mutate(
        fen=steps.change.sum().over(ibis.window(**upto, rows=(None, 0))).cast("int64"),
        fen_30=steps.change.sum().over(ibis.window(**upto, range=(None, -BACK_DAYS))).cast("int64").fill_null(0),
    )
    rows = steps.filter(steps.change != 0, steps.number >= 0)
    share = rows.fen.cast("float64") / rows.fen_30.cast("float64").nullif(0.0)
    return as_event(
        rows, "balance", rows.customer_id + ":" + rows.day.strftime("%Y-%m-%d"),
        end_of_day(rows.day, str(tables.zone)) - _SECOND,
        aum=rows.fen / 100.0, aum_change_30=(rows.fen - rows.fen_30) / 100.0, aum_share_30=share,
    )  # fmt: skip


def touched(sight: Sight, day: date, since: datetime) -> ir.Table:
    """customer_id of everybody whose assets may have changed after `day` or been told otherwise since `since`.

    More may be among them, never fewer: owners, past and present, of accounts with a row of theirs or of their balances
    of later.
    """
    last, cut = ibis.literal(day), ibis.literal(since)
    rows, accounts = sight.tables.balance_daily, sight.versions(ACCOUNT)
    moved = rows.filter((rows.business_date > last) | (rows.ingested_at >= cut)).select("account_id")
    changed = accounts.filter((accounts.closed_on > last) | (accounts.ingested_at >= cut)).select("account_id")
    return accounts.semi_join(moved.union(changed), "account_id").select("customer_id").distinct()


def only(tables: BankTables, customers: ir.Table) -> BankTables:
    """The tables with accounts and balances of these customers alone."""
    account = tables.account.semi_join(customers, "customer_id")
    return replace(tables, account=account, balance_daily=tables.balance_daily.semi_join(account, "account_id"))


def _told(tables: BankTables, begin: date, last: date) -> ir.Table:
    """account_id, customer_id, day, fen: each account's balance on the days it counted from, the last before `begin`
    among them, and 0 from the day the account was closed.
    """
    rows = tables.balance_daily.select("account_id", "business_date", "ingested_at", "balance")
    rows = rows.mutate(day=ibis.greatest(rows.business_date, _morning(rows, tables)))
    newest = ibis.struct({"of": rows.business_date, "known": rows.ingested_at, "balance": rows.balance})
    # One row per account and day, and one for all that was before: an aggregate of the whole table runs far faster
    # than a window over it.
    begin_ = ibis.literal(begin)
    told = rows.filter(rows.day <= ibis.literal(last)).group_by(
        "account_id", day=ibis.greatest(rows.day, begin_ - ibis.interval(days=1)).cast("date")
    ).aggregate(_row=newest.max())  # fmt: skip
    # A row about an older day that comes late says nothing about now.
    so_far = ibis.window(group_by="account_id", order_by="day", rows=(None, 0))
    told = told.mutate(_top=told["_row"]["of"].max().over(so_far))
    told = told.filter(told["_row"]["of"] == told["_top"])
    accounts = tables.account.filter(~tables.account.account_type.isin(DEBTS))
    ends = ibis.greatest(accounts.closed_on, _morning(accounts, tables))
    accounts = accounts.select(
        "account_id", "customer_id", "opened_on", ends=ibis.ifelse(accounts.closed_on.isnull(), ibis.null("date"), ends)
    )
    held = told.inner_join(accounts, "account_id")
    held = held.select(
        "account_id", "customer_id", day=ibis.greatest(held.day, held.opened_on), of=held["_row"]["of"], ends=held.ends,
        fen=(ibis.greatest(held["_row"]["balance"], ibis.literal(0).cast("decimal(18, 2)")) * 100).cast("int64"),
    )  # fmt: skip
    held = held.filter(held.ends.isnull() | (held.day < held.ends))
    ended = accounts.filter(accounts.ends <= ibis.literal(last))
    ended = ended.select(
        "account_id", "customer_id", day=ended.ends, of=ended.ends, ends=ended.ends, fen=ibis.literal(0).cast("int64")
    )
    return held.union(ended)


def _steps(told: ir.Table) -> ir.Table:
    """customer_id, day, change: by how much each account's fen moved."""
    order = ibis.window(group_by="account_id", order_by=["day", "of"])
    return told.select("customer_id", "day", change=told.fen - told.fen.lag().over(order).fill_null(0))


def _morning(rows: ir.Table, tables: BankTables) -> ir.DateValue:
    """The newest day whose T+1 morning knew the row."""
    return local_date(rows.ingested_at - ibis.interval(seconds=int(FEED_LAG.total_seconds())), str(tables.zone))
