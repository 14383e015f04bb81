"""Nights of a hand-made bank: files loaded in the morning, the core feed after them, and what lies in the log then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from liuke.act.triggers import Core, Match, RuleSet
from liuke.collect import LoadReport, Source, load
from liuke.collect.tracking.event import TrackedEvent, decode
from liuke.collect.tracking.log import IntakeLog
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.streaming.core.feed import LATENESS, Bank, Fed, feed
from liuke.streaming.core.heard import EVERYTHING, Heard
from liuke.tables import CONTRACTS, Table

ZONE = ZoneInfo("Asia/Shanghai")
START = date(2026, 3, 1)
_FILLED: dict[str, dict[str, Any]] = {
    "branch": {"level": "branch", "name": "支行"},
    "product": {"name": "产品"},
    "customer": {"branch_id": "B", "opened_on": "2020-01-01", "name": "王岚"},
    "account": {"account_type": "current", "currency": "CNY", "opened_on": "2020-01-01"},
    "balance_daily": {"currency": "CNY"},
    "transaction": {
        "currency": "CNY", "initiator": "customer", "transaction_type": "transfer", "direction": "out", "amount": "1",
    },
    "holding": {"currency": "CNY", "started_on": "2026-01-01", "amount": "80000"},
    "complaint": {"channel": "phone"},
    "contact": {"channel": "phone", "result": "reached"},
}  # fmt: skip


def at(day: int, time: str = "06:00") -> datetime:
    """A bank-local time on the so-manieth day since START."""
    return datetime.fromisoformat(f"{START + timedelta(days=day)}T{time}").replace(tzinfo=ZONE)


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


@dataclass
class Nights:
    """lake, log, engine of one bank; `heard` is what its rules listen to."""

    folder: Path
    lake: Lake
    engine: Engine
    log: IntakeLog
    heard: Heard = EVERYTHING

    def __post_init__(self) -> None:
        self._names = count(1)

    def deliver(
        self, now: datetime, batch: str = "", history: str = "arrival", **tables: list[dict[str, Any]]
    ) -> LoadReport:
        """Loads rows as the source `night` delivers them; what a row does not say is filled in."""
        files = [_file(name, rows) for name, rows in tables.items()]
        source = Source.model_validate({"name": "night", "history": history, "files": files, "max_bad_share": 1})
        return load(source, folder=self.folder, lake=self.lake, engine=self.engine, zone=ZONE, now=now,
                    batch_id=batch or f"n{next(self._names)}")  # fmt: skip

    def found(self, now: datetime, **more: list[dict[str, Any]]) -> None:
        """A bank with customers C1 and C2, an account each and one of savings of C1's, and products; known at `now`."""
        tables = {
            "product": [{"product_id": "TD", "category": "term_deposit"}, {"product_id": "W", "category": "wealth"}],
            "customer": [{"customer_id": "C1"}, {"customer_id": "C2", "name": "李明"}],
            "account": [{"account_id": a, "customer_id": c} for a, c in (("A1", "C1"), ("S1", "C1"), ("A2", "C2"))],
            "branch": [{"branch_id": "B"}],
        } | more  # fmt: skip
        for name, rows in tables.items():
            self.put(CONTRACTS[name], rows, now)

    def put(self, table: Table, rows: list[dict[str, Any]], now: datetime) -> None:
        """Rows straight into the lake, with no load that tells of them."""
        system = {"source": "core", "batch_id": "old", "line": 1, "ingested_at": now}
        full = [{**_FILLED.get(table.name, {}), **row, **system} for row in rows]
        columns = [pa.array([_typed(row.get(f.name), f.type) for row in full], f.type) for f in table.arrow]
        if table.event_time:
            moments = pa.array([_day(row[table.event_time]) for row in full], pa.date32())
            columns[table.names.index("business_date")] = moments
        self.lake.append(table, pa.table(columns, schema=table.arrow), commit_id=f"old:{table.name}:{now}")

    def bank(self) -> Bank:
        return Bank(self.lake, self.engine, self.log, ZONE)

    def feed(self, now: datetime, closes: int | None = None, clock: Callable[[], datetime] | None = None) -> Fed:
        day = None if closes is None else START + timedelta(days=closes)
        return feed(self.bank(), self.heard, now, day, clock or (lambda: now))

    def told(self, after: int = 0) -> list[TrackedEvent]:
        """The events in the log, in its order."""
        return [event for _, data in self.log.read(after, 100_000) for event in decode(data).events]

    def matches(self, rules: RuleSet, until: datetime | None = None) -> list[Match]:
        """What the rules make of the whole log."""
        core = Core.start(rules, ZONE, lateness=LATENESS // timedelta(microseconds=1), room_gb=0.05)
        found = [match for _, data in self.log.read(0, 100_000) for match in core.feed(data)]
        return found + (core.advance(micros(until)) if until else [])


def balance(account: str, day: int, amount: float) -> dict[str, Any]:
    return {"account_id": account, "balance_date": str(START + timedelta(days=day)), "balance": str(amount)}


def _day(text: str) -> date:
    return (
        (datetime.fromisoformat(text).replace(tzinfo=ZONE) if len(text) == 10 else datetime.fromisoformat(text))
        .astimezone(ZONE)
        .date()
    )


def _typed(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, str):
        if pa.types.is_date(kind):
            return date.fromisoformat(value)
        if pa.types.is_timestamp(kind):
            return datetime.fromisoformat(value)
        if pa.types.is_decimal(kind):
            return Decimal(value)
    return value


def _file(table: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    full = [{**_FILLED.get(table, {}), **row} for row in rows]
    columns = {name: name for name in CONTRACTS[table].names if any(name in row for row in full)}
    return {"table": table, "rows": full, "columns": columns}
