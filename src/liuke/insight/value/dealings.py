"""What customers do with this bank and elsewhere over 90 days: one scan of transactions for all value parts."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import is_open_on
from liuke.insight.known import BankTables

DAYS = 90
MONTHS = 3
BILLS = ("bill", "repayment")
EARLY_DAYS = 5
"""A holding that began so many days before another ended may be its renewal."""


def dealings(tables: BankTables) -> ir.Table:
    """One row per customer with a transaction in (D−90, D]; money float64, counts int64. Lazy.

        customer_id  card_spent  fees  money_in  moved_elsewhere  salary_months  bill_months  moved_after_maturity
        C1           5200.0      10.0  30000.0   4000.0           3              2            0.0

    salary_months, bill_months: of the three 30-day spans those with a salary arriving, with a bill or repayment
    paid. moved_elsewhere: transfers out that name another bank. moved_after_maturity: those of them from the first
    day on which a holding of the customer ended within the 90 days.
    """
    day = tables.as_of.day
    moves = tables.transaction.filter(tables.transaction.business_date > ibis.literal(day - timedelta(days=DAYS)))
    owned = moves.inner_join(tables.account.select("account_id", "customer_id"), "account_id")
    first = matured(tables, DAYS).select("customer_id", "first_end")
    owned = owned.left_join(first, "customer_id").drop("customer_id_right")
    amount, out = owned.amount.cast("float64"), owned.direction == "out"
    salary = (owned.transaction_type == "salary") & ~out
    away = out & (owned.transaction_type == "transfer") & owned.counterparty_bank.notnull()
    flags = {
        f"{name}_{n}": _flag(holds & _in_span(owned, day, n))
        for name, holds in (("salary", salary), ("bill", out & owned.transaction_type.isin(BILLS)))
        for n in range(MONTHS)
    }
    found = owned.group_by("customer_id").aggregate(
        card_spent=_sum(amount, out & (owned.transaction_type == "card")),
        fees=_sum(amount, out & (owned.transaction_type == "fee")),
        money_in=_sum(amount, ~out),
        moved_elsewhere=_sum(amount, away),
        moved_after_maturity=_sum(amount, (away & (owned.business_date >= owned.first_end)).fill_null(False)),
        **flags,
    )
    return found.select(
        "customer_id", "card_spent", "fees", "money_in", "moved_elsewhere", "moved_after_maturity",
        salary_months=sum((found[f"salary_{n}"] for n in range(1, MONTHS)), found.salary_0),
        bill_months=sum((found[f"bill_{n}"] for n in range(1, MONTHS)), found.bill_0),
    )  # fmt: skip


def _sum(amount: ir.FloatingValue, where: ir.BooleanValue) -> ir.FloatingScalar:
    return ibis.ifelse(where.fill_null(False), amount, 0.0).sum()


def _flag(holds: ir.BooleanValue) -> ir.IntegerScalar:
    return holds.fill_null(False).cast("int64").max()


def _in_span(rows: ir.Table, day: date, n: int) -> ir.BooleanValue:
    later, earlier = day - timedelta(days=30 * n), day - timedelta(days=30 * (n + 1))
    return (rows.business_date <= ibis.literal(later)) & (rows.business_date > ibis.literal(earlier))


def _ended(tables: BankTables, days: int) -> ir.Table:
    """Holdings that ended (redeemed, paid out or matured) within (D−days, D], with the day as `ended`."""
    held = tables.holding.mutate(ended=tables.holding.ended_on.fill_null(tables.holding.matures_on))
    day = tables.as_of.day
    return held.filter(held.ended <= ibis.literal(day), held.ended > ibis.literal(day - timedelta(days=days)))


def matured(tables: BankTables, days: int) -> ir.Table:
    """Per customer with a holding that ended in the last `days`: customer_id, first_end, matured_amount (float64)."""
    ended = _ended(tables, days)
    return ended.group_by("customer_id").aggregate(
        first_end=ended.ended.min(), matured_amount=ended.amount.cast("float64").sum()
    )


def renewals(tables: BankTables, look_back_days: int, renewal_days: int) -> ir.Table:
    """Per customer: holdings_ended and holdings_renewed (int64) of the look-back.

    Renewed: another holding of the customer began from EARLY_DAYS before the end to `renewal_days` after. Ends so young
    that the time for renewing is not over count only when they are renewed already.
    """
    ended = _ended(tables, look_back_days).select("holding_id", "customer_id", "ended")
    begun = tables.holding.select("customer_id", other="holding_id", begun="started_on")
    begun = begun.filter(begun.begun <= ibis.literal(tables.as_of.day))
    pairs = ended.left_join(begun, "customer_id").drop("customer_id_right")
    gap = pairs.begun.delta(pairs.ended, unit="day")
    follows = ((pairs.other != pairs.holding_id) & (gap >= -EARLY_DAYS) & (gap <= renewal_days)).fill_null(False)
    each = pairs.group_by("customer_id", "holding_id", "ended").aggregate(renewed=_flag(follows))
    over = each.ended <= ibis.literal(tables.as_of.day - timedelta(days=renewal_days))
    counted = each.filter(over | (each.renewed == 1))
    return counted.group_by("customer_id").aggregate(
        holdings_ended=counted.count(), holdings_renewed=counted.renewed.sum()
    )


def recommendation(tables: BankTables, look_back_days: int) -> ir.Table:
    """Per customer who answered the NPS question in the look-back: customer_id, nps (0..10), the latest answer."""
    answers = tables.survey_response
    since = ibis.literal(tables.as_of.day - timedelta(days=look_back_days))
    answers = answers.filter(answers.survey == "nps", answers.business_date > since)
    latest = ibis.struct({"at": answers.occurred_at, "known": answers.ingested_at, "score": answers.score})
    last = answers.group_by("customer_id").aggregate(_row=latest.max())
    return last.select("customer_id", nps=last["_row"]["score"])


def product_count(tables: BankTables) -> ir.Table:
    """Per customer: products (int64), distinct types among accounts open on the day, debts included."""
    held = tables.account.filter(is_open_on(tables.account, tables.as_of.day))
    return held.group_by("customer_id").aggregate(products=held.account_type.nunique())
