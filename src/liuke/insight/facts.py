"""Point-in-time facts of each customer: what signals measure and reasons quote.

Windows are in bank-local days and end with the as-of day D: recent = (D−30, D], prior = (D−120, D−30].
Each fact table is read once: first aggregated per account, then per customer.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.insight.known import BankTables

RECENT_DAYS = 30
PRIOR_DAYS = 90
LOOK_BACK_DAYS = RECENT_DAYS + PRIOR_DAYS
COMPLAINT_DAYS = 90
AUM_DAYS_BACK = (0, 30, 60, 90)
DEBTS = ("loan", "credit_card")
"""Account types whose balance is not the customer's money."""
MONEY = "decimal(18, 2)"


def facts(tables: BankTables) -> ir.Table:
    """One row per living customer: the fact columns of SIGNAL, in its order, without severities.

        as_of       customer_id  aum       aum_30 …  transactions_30  transactions_prior_90  days_since_active …
        2026-03-31  C1           52000.00  90000.00  2                27                     12

    Money in the bank's currency (balances of other currencies are added as they are). days_since_active is
    null when the last 120 days hold no customer-initiated transaction: older ones are not looked for, so that
    old files are never read. usual_gap_days = 90 / transactions_prior_90, null when there were none.
    """
    people = living(tables).select("customer_id")
    joined = people
    for part in (_assets(tables), _activity(tables), _complaints(tables)):
        joined = joined.left_join(part, "customer_id").drop("customer_id_right")
    prior = _whole(joined.transactions_prior_90)
    return joined.select(
        _literal(tables.as_of.day).name("as_of"),
        "customer_id",
        **{name: joined[name].fill_null(ibis.literal(0).cast(MONEY)).cast(MONEY) for name in _AUM_NAMES},
        transactions_30=_whole(joined.transactions_30),
        transactions_prior_90=prior,
        days_since_active=joined.days_since_active,
        usual_gap_days=ibis.ifelse(prior > 0, PRIOR_DAYS / prior.cast("float64"), ibis.null("float64")),
        complaints_90=_whole(joined.complaints_90),
        complaints_prior_90=_whole(joined.complaints_prior_90),
        complaints_open=_whole(joined.complaints_open),
    )


def living(tables: BankTables) -> ir.Table:
    """Customers who had opened and not left by the end of the as-of day."""
    return tables.customer.filter(is_open_on(tables.customer, tables.as_of.day))


def is_open_on(rows: ir.Table, day: date | ir.DateValue) -> ir.BooleanValue:
    """Whether a customer or account was open at the end of `day`, a date or a column of `rows`: one closed on
    the day is not.
    """
    on = _literal(day) if isinstance(day, date) else day
    return (rows.opened_on <= on) & (rows.closed_on.isnull() | (rows.closed_on > on))


def assets_on(tables: BankTables, days: tuple[date, ...]) -> ir.Table:
    """AUM 资产 per customer at the end of each of `days`, which must rise and not pass the as-of day.

    Columns customer_id, aum_0, aum_1, …: the sum over accounts open on that day, debts left out, of the last
    balance on or before the day, a negative one counting as 0. Customers without accounts are absent.
    One pass over the balances: the last row of each interval between days, then carried forward.
    """
    rows = tables.balance_daily
    # The largest (day, ingested, balance) is the last row of the latest day, its correction if there was one;
    # a struct's maximum runs faster than an arg-max over a computed key.
    steps = rows.filter(rows.business_date <= _literal(days[-1])).select(
        "account_id",
        _step=sum(((rows.business_date > _literal(day)).cast("int64") for day in days[:-1]), ibis.literal(0)),
        _row=ibis.struct({"day": rows.business_date, "known": rows.ingested_at, "balance": rows.balance}),
    )
    last = steps.group_by("account_id", "_step").aggregate(_row=steps["_row"].max())
    carried = last.group_by("account_id").aggregate(
        **{f"balance_{i}": last["_row"].max(where=last["_step"] <= i)["balance"] for i in range(len(days))}
    )
    accounts = tables.account.filter(~tables.account.account_type.isin(DEBTS))
    held = accounts.inner_join(carried, "account_id")
    return held.group_by("customer_id").aggregate(
        **{
            f"aum_{i}": ibis.ifelse(is_open_on(held, day) & (held[f"balance_{i}"] > 0), held[f"balance_{i}"], 0).sum()
            for i, day in enumerate(days)
        }
    )


_AUM_NAMES = ("aum", *(f"aum_{back}" for back in AUM_DAYS_BACK[1:]))


def _assets(tables: BankTables) -> ir.Table:
    backs = tuple(reversed(AUM_DAYS_BACK))
    found = assets_on(tables, tuple(tables.as_of.day - timedelta(days=back) for back in backs))
    named = {"aum" if back == 0 else f"aum_{back}": found[f"aum_{i}"] for i, back in enumerate(backs)}
    return found.select("customer_id", **named)


def _activity(tables: BankTables) -> ir.Table:
    """Customer-initiated transactions over all accounts, cards and loans included: using them is activity."""
    day, moves = tables.as_of.day, tables.transaction
    moves = moves.filter(moves.business_date > _literal(day - timedelta(days=LOOK_BACK_DAYS)))
    moves = moves.filter(moves.initiator == "customer")
    recent = moves.business_date > _literal(day - timedelta(days=RECENT_DAYS))
    per_account = moves.group_by("account_id").aggregate(
        total=moves.count(), recent=moves.count(where=recent), last=moves.business_date.max()
    )
    owned = per_account.inner_join(tables.account.select("account_id", "customer_id"), "account_id")
    return owned.group_by("customer_id").aggregate(
        transactions_30=owned.recent.sum(),
        transactions_prior_90=owned.total.sum() - owned.recent.sum(),
        days_since_active=_literal(day).delta(owned["last"].max(), unit="day"),
    )


def _complaints(tables: BankTables) -> ir.Table:
    day, rows = tables.as_of.day, tables.complaint
    recent = rows.business_date > _literal(day - timedelta(days=COMPLAINT_DAYS))
    before = rows.business_date > _literal(day - timedelta(days=2 * COMPLAINT_DAYS))
    unresolved = rows.resolved_at.isnull() | (rows.resolved_at >= ibis.literal(tables.day_ends))
    return rows.group_by("customer_id").aggregate(
        complaints_90=rows.count(where=recent),
        complaints_prior_90=rows.count(where=before & ~recent),
        complaints_open=rows.count(where=unresolved),
    )


def _whole(count: ir.NumericValue) -> ir.IntegerValue:
    # DuckDB sums integers into 128 bits, which Ibis takes for int64 and would not cast back.
    return count.fill_null(0).cast("int32").cast("int64")


def _literal(day: date) -> ir.DateScalar:
    return ibis.literal(day)
