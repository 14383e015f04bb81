"""A handful of people whose facts stand in the test: events and transactions as known at the end of a day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.population import Population
from liuke.insight.known import SHANGHAI
from liuke.insight.rules.data import RuleData
from liuke.tables import COMPLAINT, EVENT, INTERACTION, TRANSACTION

DAY = date(2026, 3, 10)
"""The as-of day of these tests."""


def moment(day: int, hour: float = 12) -> datetime:
    """Bank-local hour of that day of March 2026, as UTC; days below 1 lie in February."""
    return datetime(2026, 3, 1, tzinfo=SHANGHAI).astimezone(UTC) + timedelta(days=day - 1, hours=hour)


@dataclass(frozen=True)
class Event:
    """One app event."""

    who: str | None
    at: datetime
    name: str
    properties: Mapping[str, Any] | str | None = None
    channel: str = "app"
    device: str | None = None


@dataclass(frozen=True)
class Move:
    """One transaction of the account that bears the customer's number after A."""

    who: str
    at: datetime
    kind: str = "transfer"
    amount: int = 100


@dataclass(frozen=True)
class Complaint:
    """One complaint."""

    who: str
    at: datetime
    category: str = "loan"


@dataclass(frozen=True)
class Contact:
    """One service contact that the customer began, with the mark given after it."""

    who: str
    at: datetime
    mark: int | None = None
    kind: str = "call"
    channel: str = "phone"


def population(
    engine: Engine,
    events: Iterable[Event] = (),
    moves: Iterable[Move] = (),
    complaints: Iterable[Complaint] = (),
    contacts: Iterable[Contact] = (),
    *,
    day: date = DAY,
    people: Iterable[Mapping[str, Any]] = (),
    customers: Iterable[str] | None = None,
) -> Population:
    """As of the end of `day`; what lies later is left out, as the lake's views do."""
    facts = {
        "event": _known(engine.from_arrow(_events(list(events))), day),
        "transaction": _known(engine.from_arrow(_moves(list(moves))), day),
        "complaint": _known(engine.from_arrow(_complaints(list(complaints))), day),
        "interaction": _known(engine.from_arrow(_contacts(list(contacts))), day),
    }
    known = engine.from_arrow(pa.table({
        "customer_id": pa.array([p["customer_id"] for p in people], pa.string()),
        "branch_id": pa.array([p.get("branch_id") for p in people], pa.string()),
        "gender": pa.array([p.get("gender") for p in people], pa.string()),
    }))  # fmt: skip
    owned = sorted({m.who for m in moves})
    owners = engine.from_arrow(pa.table({
        "account_id": pa.array([f"A{who}" for who in owned], pa.string()), "customer_id": pa.array(owned, pa.string()),
    }))  # fmt: skip
    data = RuleData(
        day=day, people=known, features=None, facts=facts.__getitem__, branches=known, owners=lambda: owners
    )
    among = (
        None if customers is None else engine.from_arrow(pa.table({"customer_id": pa.array(customers, pa.string())}))
    )
    return Population(data, among)


def _known(rows: ir.Table, day: date) -> ir.Table:
    return rows.filter(rows.business_date <= ibis.literal(day))


def _events(events: list[Event]) -> pa.Table:
    def text(properties: Mapping[str, Any] | str | None) -> str | None:
        return properties if properties is None or isinstance(properties, str) else json.dumps(properties)

    rows = [
        {
            "event_id": f"E{i}", "customer_id": e.who, "anonymous_id": e.device, "occurred_at": e.at,
            "event_name": e.name, "channel": e.channel, "session_id": None, "properties": text(e.properties),
            "business_date": e.at.astimezone(SHANGHAI).date(),
        }
        for i, e in enumerate(events)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([(n, _type(EVENT, n)) for n in _names(EVENT)]))


def _moves(moves: list[Move]) -> pa.Table:
    rows = [
        {
            "transaction_id": f"T{i}", "account_id": f"A{m.who}", "occurred_at": m.at, "transaction_type": m.kind,
            "amount": Decimal(m.amount), "direction": "out", "business_date": m.at.astimezone(SHANGHAI).date(),
        }
        for i, m in enumerate(moves)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([(n, _type(TRANSACTION, n)) for n in _names(TRANSACTION)]))


def _complaints(complaints: list[Complaint]) -> pa.Table:
    rows = [
        {
            "complaint_id": f"K{i}", "customer_id": c.who, "received_at": c.at, "category": c.category,
            "business_date": c.at.astimezone(SHANGHAI).date(),
        }
        for i, c in enumerate(complaints)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([(n, _type(COMPLAINT, n)) for n in _names(COMPLAINT)]))


def _contacts(contacts: list[Contact]) -> pa.Table:
    rows = [
        {
            "interaction_id": f"I{i}", "customer_id": c.who, "occurred_at": c.at, "channel": c.channel, "kind": c.kind,
            "satisfaction": c.mark, "business_date": c.at.astimezone(SHANGHAI).date(),
        }
        for i, c in enumerate(contacts)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([(n, _type(INTERACTION, n)) for n in _names(INTERACTION)]))


def _names(table: Any) -> list[str]:
    return [*(c.name for c in table.columns), "business_date"]


def _type(table: Any, name: str) -> pa.DataType:
    kinds = {
        "timestamp": pa.timestamp("us", "UTC"),
        "date": pa.date32(),
        "money": pa.decimal128(18, 2),
        "int": pa.int64(),
    }
    return pa.date32() if name == "business_date" else kinds.get(table.column(name).kind, pa.string())
