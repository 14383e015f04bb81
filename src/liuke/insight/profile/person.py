"""Who one customer is and what they hold: identity, accounts, and the curve of their assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import DEBTS
from liuke.insight.known import BankTables
from liuke.insight.snapshot import owners

WEEKS = (12, 26)
"""Lengths of the curve that faces show, in weeks; the longer one is read."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the customer is, as known on the day. staff_id, staff_name: the owner RM of the day."""

    customer_id: str
    name: str | None
    id_number: str | None
    phone: str | None
    gender: str | None
    birth_date: date | None
    address: str | None
    city: str | None
    registered_city: str | None
    occupation: str | None
    branch_id: str
    opened_on: date
    closed_on: date | None
    risk_appetite: str | None
    risk_assessed_on: date | None
    tier: str | None
    staff_id: str | None
    staff_name: str | None


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """One account. balance: the last one on or before the day, None when there is none; what is owed on debts."""

    account_id: str
    account_type: str
    product_id: str | None
    product_name: str | None
    currency: str
    opened_on: date
    closed_on: date | None
    is_open: bool
    balance: Decimal | None
    balance_date: date | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """AUM at the end of a day, in the bank's currency."""

    day: date
    aum: Decimal


def identity_rows(tables: BankTables) -> ir.Table:
    """The columns of Identity; one row per customer of `tables` (narrow them to one customer before)."""
    names = tables.staff.select("staff_id", staff_name="name")
    found = tables.customer.left_join(owners(tables), "customer_id").drop("customer_id_right")
    found = found.left_join(names, "staff_id").drop("staff_id_right")
    return found.select(*Identity.__dataclass_fields__)


def account_rows(tables: BankTables) -> ir.Table:
    """Accounts with the name of their product."""
    names = tables.product.select("product_id", product_name="name")
    held = tables.account.left_join(names, "product_id").drop("product_id_right")
    return held.select(*_ACCOUNT, "product_name")


def balance_rows(tables: BankTables) -> ir.Table:
    """The weekly steps of each account's balance.

    account_id  week  balance_date  balance
    A1          0     2026-06-30    90.00
    A1          5     2026-05-24    700.00

    week counts back from the as-of day: the step of week w is the last balance at or before the end of the day 7·w
    days before it and after the next week's; the largest week holds what came before.
    """
    rows, day = tables.balance_daily, ibis.literal(tables.as_of.day)
    steps = rows.select(
        "account_id",
        week=ibis.least(day.delta(rows.business_date, unit="day") // 7, max(WEEKS)),
        row=ibis.struct({"day": rows.business_date, "known": rows.ingested_at, "balance": rows.balance}),
    )
    last = steps.group_by("account_id", "week").aggregate(row=steps.row.max())
    return last.select("account_id", "week", balance_date=last.row["day"], balance=last.row["balance"])


_ACCOUNT = ("account_id", "account_type", "product_id", "currency", "opened_on", "closed_on")
Steps = Mapping[int, tuple[date, Decimal]]


def accounts_and_curve(
    accounts: Sequence[Mapping[str, Any]], balances: Sequence[Mapping[str, Any]], day: date
) -> tuple[tuple[HeldAccount, ...], tuple[CurvePoint, ...]]:
    """Accounts, open ones first, then by opening day; and AUM one point a week, oldest first, `day` last.

    accounts: of `account_rows`, for one customer; balances: of `balance_rows`.
    """
    steps: dict[str, dict[int, tuple[date, Decimal]]] = {}
    for row in balances:
        steps.setdefault(row["account_id"], {})[int(row["week"])] = (row["balance_date"], row["balance"])
    held = [_held(row, steps.get(row["account_id"], {}), day) for row in accounts]
    held.sort(key=lambda account: (not account.is_open, account.opened_on, account.account_id))
    points = []
    for week in range(max(WEEKS), -1, -1):
        on = day - timedelta(weeks=week)
        counted = (steps.get(a.account_id, {}) for a in held if a.account_type not in DEBTS and _is_open(a, on))
        points.append(CurvePoint(on, sum((_in_force(weeks, week) for weeks in counted), Decimal(0))))
    return tuple(held), tuple(points)


def _in_force(steps: Steps, week: int) -> Decimal:
    """The balance at the end of the day `week` weeks back; a negative one counts as 0."""
    reached = [w for w in steps if w >= week]
    return max(steps[min(reached)][1], Decimal(0)) if reached else Decimal(0)


def _held(row: Mapping[str, Any], steps: Steps, day: date) -> HeldAccount:
    last, balance = steps[min(steps)] if steps else (None, None)
    known = {name: row[name] for name in (*_ACCOUNT, "product_name")}
    is_open = row["opened_on"] <= day and (row["closed_on"] is None or row["closed_on"] > day)
    return HeldAccount(**known, is_open=is_open, balance=balance, balance_date=last)


def _is_open(account: HeldAccount, day: date) -> bool:
    return account.opened_on <= day and (account.closed_on is None or account.closed_on > day)


__all__ = [
    "WEEKS", "CurvePoint", "HeldAccount", "Identity", "account_rows", "accounts_and_curve", "balance_rows",
    "identity_rows",
]  # fmt: skip
