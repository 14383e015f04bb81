"""Everything the 360° page and the drawer show about one customer, as of a moment.

Every query is narrowed to the customer or their accounts before anything else, so that Parquet statistics keep
most row groups unread. Values are unmasked: faces mask them by the columns' mask rules (tables/).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.facts import DEBTS
from liuke.insight.known import SHANGHAI, BankTables, bank_tables
from liuke.insight.snapshot import owners
from liuke.insight.timeline import PAGE, TimelinePage, timeline_of
from liuke.lake import Lake

WEEKS = (12, 26)


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


@dataclass(frozen=True, slots=True)
class Profile:
    """The whole of it. curve: one point a week, oldest first, the as-of day last (26 weeks: 27 points)."""

    as_of: AsOf
    identity: Identity
    accounts: tuple[HeldAccount, ...]
    curve: tuple[CurvePoint, ...]
    timeline: TimelinePage

    @property
    def aum(self) -> Decimal:
        """AUM on the as-of day."""
        return self.curve[-1].aum

    def curve_of(self, weeks: int) -> tuple[CurvePoint, ...]:
        """The last `weeks` weeks of the curve."""
        return self.curve[-weeks - 1 :]


def profile(
    lake: Lake,
    engine: Engine,
    as_of: AsOf,
    customer_id: str,
    *,
    zone: ZoneInfo = SHANGHAI,
    timeline_rows: int = PAGE,
) -> Profile | None:
    """The profile of one customer; None when the customer is not known at that moment. Four small queries."""
    tables = bank_tables(lake, engine, as_of, zone)
    identity = _identity(engine, tables, customer_id)
    if identity is None:
        return None
    held = accounts_of(engine, tables, customer_id)
    steps = _weekly_balances(engine, tables, [account["account_id"] for account in held])
    return Profile(
        as_of=as_of,
        identity=identity,
        accounts=tuple(_held(account, steps, as_of.day) for account in held),
        curve=_curve(held, steps, as_of.day),
        timeline=timeline_of(engine, tables, customer_id, [a["account_id"] for a in held], rows=timeline_rows),
    )


def accounts_of(engine: Engine, tables: BankTables, customer_id: str) -> list[dict[str, Any]]:
    """The customer's accounts with their product's name, open ones first, then by opening day."""
    mine = tables.account.filter(tables.account.customer_id == customer_id)
    names = tables.product.select("product_id", product_name="name")
    joined = mine.left_join(names, "product_id").drop("product_id_right")
    rows = engine.arrow(joined.limit(1000)).to_pylist()
    return sorted(rows, key=lambda r: (not _open_on(r, tables.as_of.day), r["opened_on"], r["account_id"]))


def _identity(engine: Engine, tables: BankTables, customer_id: str) -> Identity | None:
    one = replace(
        tables,
        customer=tables.customer.filter(tables.customer.customer_id == customer_id),
        assignment=tables.assignment.filter(tables.assignment.customer_id == customer_id),
    )
    names = tables.staff.select("staff_id", staff_name="name")
    found = one.customer.left_join(owners(one), "customer_id").drop("customer_id_right")
    found = found.left_join(names, "staff_id").drop("staff_id_right")
    rows = engine.arrow(found.select(*Identity.__dataclass_fields__)).to_pylist()
    return Identity(**rows[0]) if rows else None


def _weekly_balances(engine: Engine, tables: BankTables, accounts: list[str]) -> dict[str, dict[int, dict[str, Any]]]:
    """Per account: the last balance row of each of the last weeks; a week further back holds what came before.

    Weeks count back from the as-of day: the row of week w is in force at the end of the day 7·w days before it.
    """
    rows = tables.balance_daily.filter(tables.balance_daily.account_id.isin(accounts))
    age = ibis.literal(tables.as_of.day).delta(rows.business_date, unit="day")
    steps = rows.select(
        "account_id",
        week=ibis.least(age // 7, max(WEEKS)),
        row=ibis.struct({"day": rows.business_date, "known": rows.ingested_at, "balance": rows.balance}),
    )
    found = engine.arrow(steps.group_by("account_id", "week").aggregate(row=steps.row.max())).to_pylist()
    made: dict[str, dict[int, dict[str, Any]]] = {}
    for step in found:
        made.setdefault(step["account_id"], {})[int(step["week"])] = step["row"]
    return made


def _held(account: dict[str, Any], steps: dict[str, dict[int, dict[str, Any]]], day: date) -> HeldAccount:
    weeks = steps.get(account["account_id"], {})
    last = weeks[min(weeks)] if weeks else {"balance": None, "day": None}
    names = ("account_id", "account_type", "product_id", "product_name", "currency", "opened_on", "closed_on")
    return HeldAccount(
        **{name: account[name] for name in names},
        is_open=_open_on(account, day),
        balance=last["balance"],
        balance_date=last["day"],
    )


def _curve(
    held: list[dict[str, Any]], steps: dict[str, dict[int, dict[str, Any]]], day: date
) -> tuple[CurvePoint, ...]:
    points = []
    for week in range(max(WEEKS), -1, -1):
        on, total = day - timedelta(weeks=week), Decimal(0)
        for account in held:
            weeks = [w for w in steps.get(account["account_id"], {}) if w >= week]
            if weeks and account["account_type"] not in DEBTS and _open_on(account, on):
                total += max(steps[account["account_id"]][min(weeks)]["balance"], Decimal(0))
        points.append(CurvePoint(on, total))
    return tuple(points)


def _open_on(account: dict[str, Any], day: date) -> bool:
    closed_on: date | None = account["closed_on"]
    return bool(account["opened_on"] <= day) and (closed_on is None or closed_on > day)


__all__ = ["CurvePoint", "HeldAccount", "Identity", "Profile", "accounts_of", "profile"]
