"""A small bank as Python lists: rows by table, turned into lazy tables of an engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.known import BankTables, tables_as_of
from liuke.tables import CONTRACTS, Table

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 6, 30)
AS_OF = AsOf.end_of(DAY, ZONE)
Rows = Mapping[str, list[dict[str, Any]]]
Bank = dict[str, list[dict[str, Any]]]
_SOME: dict[str, Any] = {
    "string": "x",
    "date": date(2020, 1, 1),
    "timestamp": datetime(2020, 1, 1, tzinfo=UTC),
    "money": 0,
    "int": 0,
    "float": 0.0,
    "bool": False,
}


def ago(days: int) -> date:
    """The day so many days before the as-of day; negative: after it."""
    return DAY - timedelta(days=days)


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """A local moment of that day, in UTC."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


@dataclass
class _Line:
    number: int = 0


_line = _Line()


def row(name: str, /, **values: Any) -> dict[str, Any]:
    """A row of that table: declared columns that are not named get something valid; known the same evening."""
    table = CONTRACTS[name]
    blank = {c.name: None if c.nullable else (c.values[0] if c.values else _SOME[c.kind]) for c in table.columns}
    made = blank | values
    _line.number += 1
    day = made.get("business_date")
    if table.event_time and day is None:
        moment = made[table.event_time]
        day = moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment
    system = {"source": "test", "batch_id": "b", "line": _line.number}
    system["ingested_at"] = at(day, 23) if day else at(date(2020, 1, 1))
    if table.event_time:
        system["business_date"] = day
    return system | made


def customer(customer_id: str = "C1", **values: Any) -> dict[str, Any]:
    return row("customer", customer_id=customer_id, **{"opened_on": date(2020, 1, 1), **values})


def account(account_id: str = "A1", customer_id: str = "C1", **values: Any) -> dict[str, Any]:
    defaults = {"opened_on": date(2020, 1, 1), "account_type": "current"}
    return row("account", account_id=account_id, customer_id=customer_id, **{**defaults, **values})


def balance(days_ago: int, amount: Any, account_id: str = "A1", **values: Any) -> dict[str, Any]:
    return row("balance_daily", account_id=account_id, balance_date=ago(days_ago), balance=amount, **values)


def transaction(days_ago: int, account_id: str = "A1", **values: Any) -> dict[str, Any]:
    """One at noon of that day, caused by the customer unless said otherwise."""
    number = f"T{_line.number}"
    moment = {"occurred_at": at(ago(days_ago)), "initiator": "customer", "transaction_id": number}
    return row("transaction", account_id=account_id, **{**moment, **values})


def complaint(days_ago: int, customer_id: str = "C1", **values: Any) -> dict[str, Any]:
    moment = {"received_at": at(ago(days_ago)), "complaint_id": f"K{_line.number}"}
    return row("complaint", customer_id=customer_id, **{**moment, **values})


def source(engine: Engine, bank: Rows) -> Callable[[Table], ir.Table]:
    """The bank's tables inside the engine; tables without rows are empty."""
    made: dict[str, ir.Table] = {}

    def rows(table: Table) -> ir.Table:
        if table.name not in made:
            made[table.name] = engine.from_arrow(pa.Table.from_pylist(bank.get(table.name, []), schema=table.arrow))
        return made[table.name]

    return rows


def known_tables(engine: Engine, bank: Rows, as_of: AsOf = AS_OF) -> BankTables:
    """The bank as known as of a moment."""
    return tables_as_of(source(engine, bank), as_of, ZONE)


def sorted_rows(engine: Engine, table: ir.Table) -> list[dict[str, Any]]:
    """All rows, sorted by customer."""
    return sorted(engine.arrow(table).to_pylist(), key=lambda r: str(r["customer_id"]))
