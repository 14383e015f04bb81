"""Monthly-average AUM 资产月日均 from balances that may be recorded only when they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import DEBTS, living
from liuke.insight.known import BankTables


def month_of(day: date) -> date:
    """The first day of the month of `day`: how months are named here."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after `month`."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_ended(day: date, count: int) -> tuple[date, ...]:
    """The last `count` months that were over at the end of `day`, rising; a month's last day ends it.

    >>> months_ended(date(2026, 3, 30), 2), months_ended(date(2026, 3, 31), 1)
    ((datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)), (datetime.date(2026, 3, 1),))
    """
    found: list[date] = []
    month = month_of(day + timedelta(days=1))
    while len(found) < count:
        month = month_of(month - timedelta(days=1))
        found.append(month)
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class MeanOf:
    """What to average over the days from `begins` to `last`, both included, none after the as-of day.

    types: account types whose balances are summed, debts (loan, credit_card) by their size; None for AUM.
    """

    begins: date
    last: date
    types: tuple[str, ...] | None = None


def monthly_mean_aum(tables: BankTables, months: Sequence[date], *, since_opening: bool = False) -> ir.Table:
    """Mean AUM over the days of each month: one row per living customer, columns mean_0, mean_1, … (float64).

        customer_id  mean_0 (2026-02)  mean_1 (2026-03)
        C1           500000.0          483870.97
        C2           null              12000.0            opened in March

    months: first days of months, rising, none after the as-of day. The running month divides by its days up to the
    as-of day. Null for months that ended before the customer opened. See `mean_balances`.
    """
    day = tables.as_of.day
    spans = (MeanOf(month, min(next_month(month) - timedelta(days=1), day)) for month in months)
    return mean_balances(tables, {f"mean_{i}": span for i, span in enumerate(spans)}, since_opening=since_opening)


def mean_balances(tables: BankTables, wanted: Mapping[str, MeanOf], *, since_opening: bool = False) -> ir.Table:
    """One row per living customer and one float64 column per name in `wanted`: mean daily balances.

    AUM of a day as in `facts.assets_on`: balances of non-debt accounts open on the day, carried forward, a negative
    one counting as 0. The mean divides by all days of the span, so money that comes on the 21st of a month counts a
    third, for a new account as for a new customer; with since_opening a new customer's first span divides by the
    days from the opening on. Null for spans before the customer opened and for empty ones.

    Sums run over whole fen in 64 bits, so a mean equal to a threshold compares equal (up to 3·10¹² per customer).
    Cost: one window over rows since the first day asked for, one aggregate over the older ones.
    """
    first = min(span.begins for span in wanted.values())
    spells = _spells(tables, first, debts=any(span.types for span in wanted.values()))
    sums = spells.group_by("customer_id").aggregate(
        **{f"fen_{name}": _fen_days(spells, span, first).sum().cast("int64") for name, span in wanted.items()}
    )
    people = living(tables)
    people = people.select("customer_id", joined=_day_number("opened_on", people, first))
    held = people.left_join(sums, "customer_id").drop("customer_id_right")
    means = {name: _mean(held, f"fen_{name}", span, first, since_opening) for name, span in wanted.items()}
    return held.select("customer_id", **means)


def _spells(tables: BankTables, first: date, *, debts: bool) -> ir.Table:
    """Times of unchanged balance: customer_id, account_type, fen, begins, ends (day numbers from `first`, end
    exclusive).

    Of several rows of a day only the last known gets a length: the others end on the day they begin.
    """
    rows = tables.balance_daily.select("account_id", "business_date", "ingested_at", "balance")
    older = rows.filter(rows.business_date < ibis.literal(first))
    # Two steps: the largest struct of every old row takes three times as long (measured on 20 million).
    last = older.group_by("account_id").aggregate(business_date=older.business_date.max())
    latest = older.semi_join(last, ["account_id", "business_date"])
    row = ibis.struct({"known": latest.ingested_at, "balance": latest.balance})
    latest = latest.group_by("account_id", "business_date").aggregate(_row=row.max())
    carried = latest.select(
        "account_id", "business_date", ingested_at=latest["_row"]["known"], balance=latest["_row"]["balance"]
    )
    every = rows.filter(rows.business_date >= ibis.literal(first)).union(carried)
    order = ibis.window(group_by="account_id", order_by=["business_date", "ingested_at", "balance"])
    every = every.mutate(followed=every.business_date.lead().over(order))
    accounts = tables.account if debts else tables.account.filter(~tables.account.account_type.isin(DEBTS))
    accounts = accounts.select("account_id", "customer_id", "account_type", "opened_on", "closed_on")
    held = every.inner_join(accounts, "account_id")
    horizon = (tables.as_of.day - first).days + 1
    ends = (_day_number(name, held, first).fill_null(horizon) for name in ("followed", "closed_on"))
    mine = ibis.greatest(held.balance, ibis.literal(0).cast("decimal(18, 2)"))
    size = ibis.ifelse(held.account_type.isin(DEBTS), held.balance.abs(), mine) if debts else mine
    return held.select(
        "customer_id",
        "account_type",
        fen=(size * 100).cast("int64"),
        begins=ibis.greatest(_day_number("business_date", held, first), _day_number("opened_on", held, first)),
        ends=ibis.least(*ends, horizon),
    )


def _day_number(column: str, rows: ir.Table, first: date) -> ir.IntegerColumn:
    return rows[column].delta(ibis.literal(first), unit="day").cast("int64")


def _fen_days(spells: ir.Table, span: MeanOf, first: date) -> ir.IntegerValue:
    begins, ends = _numbers(span, first)
    days = ibis.greatest(ibis.least(spells.ends, ends) - ibis.greatest(spells.begins, begins), 0)
    chosen = spells.account_type.isin(span.types) if span.types else ~spells.account_type.isin(DEBTS)
    return ibis.ifelse(chosen, spells.fen * days, 0)


def _numbers(span: MeanOf, first: date) -> tuple[int, int]:
    return (span.begins - first).days, (span.last - first).days + 1


def _mean(held: ir.Table, name: str, span: MeanOf, first: date, since_opening: bool) -> ir.FloatingValue:
    begins, ends = _numbers(span, first)
    days: ir.Value = ends - ibis.greatest(held.joined, begins) if since_opening else ibis.literal(ends - begins)
    mean = held[name].fill_null(0).cast("float64") / (days.cast("float64") * 100.0).nullif(0.0)
    return ibis.ifelse(held.joined < ends, mean, ibis.null("float64"))
