"""What then happened: who of the customers of a past day was lost within a horizon, and when."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.insight.churn.warning_policy import LossRule
from liuke.insight.facts import DEBTS, LOOK_BACK_DAYS, RECENT_DAYS, assets_on
from liuke.insight.known import BankTables


def labels(signals: ir.Table, later: BankTables, rule: LossRule) -> ir.Table:
    """The fate of every customer of a SIGNAL day by the as-of day of `later`.

        customer_id  at_risk  closed  balance_gone  silent  lost   lead_days
        C1           true     false   true          true    true   17
        C2           true     false   false         false   false  -

    signals: SIGNAL rows of one earlier day D. later: the bank as of D + horizon, so its data must reach that
    day; immature days are the caller's to leave out. at_risk: had money or activity to lose by `rule`; a
    dormant customer is never lost except by leaving. lead_days: from D to the first day from which a criterion
    that holds on the last day holds without a break, 0 when it began by D.
    """
    start = signals.select("customer_id", day="as_of", aum_then="aum", **_active(signals, rule))
    fate = start.mutate(has_money=start.aum_then >= rule.minimum_aum)
    for part in (_departures(later), assets_on(later, (later.as_of.day,)), _last_activity(later)):
        fate = fate.left_join(part, "customer_id").drop("customer_id_right")
    fate = fate.mutate(
        closed=(fate.left_on > fate.day).fill_null(False),
        balance_gone=fate.has_money
        & (fate.aum_0.fill_null(0).cast("float64") < fate.aum_then.cast("float64") * rule.kept_share),
        silent=fate.was_active & (fate.last_active.isnull() | (fate.last_active <= _silence_starts(later, rule))),
    )
    gone = _balance_gone_on(fate.filter(fate.balance_gone), later, rule)
    fate = fate.left_join(gone, "customer_id").drop("customer_id_right")
    return _with_lead(fate, rule)


def _with_lead(fate: ir.Table, rule: LossRule) -> ir.Table:
    silent_from = fate.last_active + ibis.interval(days=rule.silent_days)
    never = ibis.literal(date(9999, 12, 31))
    first = ibis.least(
        ibis.ifelse(fate.closed, fate.left_on, never),
        ibis.ifelse(fate.balance_gone, fate.gone_on.fill_null(fate.day), never),
        ibis.ifelse(fate.silent, silent_from.cast("date").fill_null(fate.day), never),
    )
    lost = fate.closed | fate.balance_gone | fate.silent
    lead = ibis.greatest(first.delta(fate.day, unit="day"), 0)
    return fate.select(
        "customer_id",
        at_risk=fate.has_money | fate.was_active | fate.closed,
        closed="closed",
        balance_gone="balance_gone",
        silent="silent",
        lost=lost,
        lead_days=ibis.ifelse(lost, lead, ibis.null("int64")),
    )


def _active(signals: ir.Table, rule: LossRule) -> dict[str, ir.Value]:
    months = LOOK_BACK_DAYS / RECENT_DAYS
    total = signals.transactions_30 + signals.transactions_prior_90
    return {"was_active": (total >= rule.minimum_monthly_mean * months) & (signals.transactions_30 > 0)}


def _departures(later: BankTables) -> ir.Table:
    people = later.customer
    return people.filter(people.closed_on <= ibis.literal(later.as_of.day)).select("customer_id", left_on="closed_on")


def _last_activity(later: BankTables) -> ir.Table:
    """The last customer-initiated transaction day, looked for in the year up to the last day."""
    moves = later.transaction
    moves = moves.filter(moves.business_date > ibis.literal(later.as_of.day - timedelta(days=366)))
    moves = moves.filter(moves.initiator == "customer")
    last = moves.group_by("account_id").aggregate(last=moves.business_date.max())
    owned = last.inner_join(later.account.select("account_id", "customer_id"), "account_id")
    return owned.group_by("customer_id").aggregate(last_active=owned["last"].max())


def _silence_starts(later: BankTables, rule: LossRule) -> ir.DateScalar:
    return ibis.literal(later.as_of.day - timedelta(days=rule.silent_days))


def _balance_gone_on(lost: ir.Table, later: BankTables, rule: LossRule) -> ir.Table:
    """The first day from which AUM stayed below the share until the last day: customer_id, gone_on.

    Balances of the lost only: per account one row for D (carried forward) and one per later change, turned into
    steps, summed per customer and day, and added up.
    """
    value = _account_days(lost, later)
    order = ibis.window(group_by="account_id", order_by="on")
    step = value.mutate(step=value.value - value.value.lag().over(order).fill_null(ibis.literal(0.0)))
    daily = step.group_by("customer_id", "on").aggregate(step=step.step.sum())
    daily = daily.mutate(total=daily.step.cumsum(group_by="customer_id", order_by="on"))
    limits = lost.select("customer_id", least_kept=lost.aum_then.cast("float64") * rule.kept_share)
    daily = daily.inner_join(limits, "customer_id")
    # Half a cent of slack: sums of doubles against a share of a decimal.
    kept = daily.group_by("customer_id").mutate(
        last_kept=lambda t: ibis.ifelse(t.total >= t.least_kept - 0.005, t.on, ibis.null("date")).max()
    )
    after = kept.filter(kept.last_kept.isnull() | (kept.on > kept.last_kept))
    return after.group_by("customer_id").aggregate(gone_on=after.on.min())


def _account_days(lost: ir.Table, later: BankTables) -> ir.Table:
    """AUM value of each account of the lost on D and on each later day it changed, closing included."""
    accounts = later.account.filter(~later.account.account_type.isin(DEBTS))
    owned = accounts.select("account_id", "customer_id", "closed_on", since="opened_on")
    owned = owned.inner_join(lost.select("customer_id", "day"), "customer_id")
    rows = later.balance_daily.select("account_id", "business_date", "ingested_at", "balance")
    rows = rows.inner_join(owned, "account_id")
    rows = rows.mutate(
        on=ibis.greatest(rows.business_date, rows.day, rows.since),
        row=ibis.struct({"day": rows.business_date, "known": rows.ingested_at, "balance": rows.balance}),
    )
    last = rows.group_by("account_id", "customer_id", "closed_on", "on").aggregate(row=rows.row.max())
    open_then = last.filter(last.closed_on.isnull() | (last.on < last.closed_on))
    values = open_then.select(
        "account_id", "customer_id", "on", value=ibis.greatest(open_then.row["balance"].cast("float64"), 0.0)
    )
    ended = owned.filter(owned.closed_on > owned.day, owned.closed_on <= ibis.literal(later.as_of.day))
    return values.union(ended.select("account_id", "customer_id", on="closed_on", value=ibis.literal(0.0)))
