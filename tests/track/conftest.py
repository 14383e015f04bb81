"""A bank of a few hand-made customers: what each did is written where it is asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.known import BankTables, tables_as_of
from liuke.tables import ACCOUNT, BALANCE_DAILY, CONTACT, CUSTOMER, DECISION, TRANSACTION, Table

DECIDED = date(2026, 3, 1)


def morning_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(1), UTC)


class Bank:
    """Facts by hand; `ingested` defaults to the morning after the fact."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: Table, ingested: datetime, **row: Any) -> None:
        facts = self.rows.setdefault(table.name, [])
        system = {"source": "t", "batch_id": "b", "line": len(facts) + 1, "ingested_at": ingested}
        facts.append(row | {k: v for k, v in system.items() if k in table.names})

    def customer(self, customer_id: str, *, closed_on: date | None = None, aum: str = "1000.00") -> None:
        start = date(2025, 1, 1)
        base = {"customer_id": customer_id, "branch_id": "B1", "opened_on": start}
        self.add(CUSTOMER, morning_after(start), **base)
        if closed_on:
            self.add(CUSTOMER, morning_after(closed_on), **base, closed_on=closed_on)
        self.account(f"{customer_id}-1", customer_id)
        self.balance(f"{customer_id}-1", start, aum)

    def account(self, account_id: str, customer_id: str, kind: str = "current", **over: Any) -> None:
        start = date(2025, 1, 1)
        row = {"account_id": account_id, "customer_id": customer_id, "account_type": kind, "currency": "CNY"}
        self.add(ACCOUNT, over.pop("ingested", morning_after(start)), **row, **({"opened_on": start} | over))

    def balance(self, account_id: str, day: date, amount: str, ingested: datetime | None = None) -> None:
        row = {"account_id": account_id, "balance_date": day, "balance": Decimal(amount), "currency": "CNY"}
        self.add(BALANCE_DAILY, ingested or morning_after(day), **row, business_date=day)

    def pays(self, account_id: str, day: date, initiator: str = "customer", ingested: datetime | None = None) -> None:
        row = {
            "transaction_id": f"T{len(self.rows.get('transaction', []))}", "account_id": account_id,
            "occurred_at": datetime.combine(day, time(4), UTC), "direction": "out", "amount": Decimal("1.00"),
            "currency": "CNY", "initiator": initiator, "transaction_type": "card", "business_date": day,
        }  # fmt: skip
        self.add(TRANSACTION, ingested or morning_after(day), **row)

    def contact(self, customer_id: str, day: date, **over: Any) -> None:
        row = {
            "contact_id": f"K{len(self.rows.get('contact', []))}", "customer_id": customer_id, "staff_id": "S1",
            "occurred_at": datetime.combine(day, time(4), UTC), "channel": "phone", "result": "reached",
            "business_date": day,
        }  # fmt: skip
        self.add(CONTACT, morning_after(day), **(row | over))

    def decision(self, customer_id: str, day: date = DECIDED, **over: Any) -> None:
        row = {
            "loop_id": f"L-{customer_id}-{day:%m%d}", "as_of": day, "decided_at": morning_after(day),
            "customer_id": customer_id, "experiment": "rm_care", "arm": "treated", "draw": 0.5,
            "holdout_share": 0.5, "treatment": "rm_care", "candidates": "[]", "tier": "red", "score": 0.8,
            "aum": Decimal("1000.00"), "policy_version": "v",
        }  # fmt: skip
        self.add(DECISION, morning_after(day), **(row | over))

    def table(self, table: Table) -> ir.Table:
        return self.engine.from_arrow(pa.Table.from_pylist(self.rows.get(table.name, []), schema=table.arrow))

    def facts(self, as_of: AsOf) -> BankTables:
        return tables_as_of(self.table, as_of)


@pytest.fixture
def bank(engine: Engine) -> Bank:
    return Bank(engine)
