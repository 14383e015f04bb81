"""A desk to load from: a folder of files, an empty lake, and short ways to load and look."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from liuke.collect import LoadReport, Source, load
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.tables import QUARANTINE, TABLES

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
BRANCHES = {
    "table": "branch",
    "rows": [{"id": "B1", "name": "总行", "level": "head"}, {"id": "B2", "name": "南京分行", "level": "branch"}],
    "columns": {"branch_id": "id", "name": "name", "level": "level"},
}
CUSTOMERS = {
    "table": "customer",
    "rows": [{"id": "C1"}, {"id": "C2"}],
    "columns": {"customer_id": "id", "branch_id": {"const": "B2"}, "opened_on": {"const": "2020-01-01"}},
}
ACCOUNTS = {
    "table": "account",
    "rows": [{"id": "A1", "owner": "C1"}, {"id": "A2", "owner": "C2"}],
    "columns": {
        "account_id": "id",
        "customer_id": "owner",
        "account_type": {"const": "current"},
        "currency": {"const": "CNY"},
        "opened_on": {"const": "2020-01-01"},
    },
}
TRANSACTION_COLUMNS = {
    "transaction_id": "id",
    "account_id": "account",
    "occurred_at": "at",
    "amount": "amount",
    "direction": {"from": "direction", "value_map": {"收": "in", "付": "out"}},
    "currency": {"const": "CNY"},
    "initiator": {"const": "customer"},
    "transaction_type": {"const": "transfer"},
}
HEADER = "id,account,at,amount,direction\n"


@dataclass
class Desk:
    """Loads mappings of files in `folder` into `lake`."""

    folder: Path
    lake: Lake
    engine: Engine
    zone: ZoneInfo

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def source(self, *files: dict[str, Any], **more: Any) -> Source:
        return Source.model_validate({"name": "test", "files": list(files), **more})

    def load(self, source: Source, **more: Any) -> LoadReport:
        given = {"now": NOW} | more
        return load(source, folder=self.folder, lake=self.lake, engine=self.engine, zone=self.zone, **given)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.engine.arrow(self.lake.scan(self.engine, TABLES[table])).to_pylist()

    def base(self) -> None:
        """Two branches, two customers, two accounts."""
        self.load(self.source(BRANCHES, CUSTOMERS, ACCOUNTS, name="base"))

    def transactions(self, text: str, encoding: str = "utf-8", **options: Any) -> LoadReport:
        """Loads `text` as a transaction file with the usual header and mapping."""
        self.write("t.csv", HEADER + text, encoding)
        entry = {"table": "transaction", "path": "t.csv", "columns": TRANSACTION_COLUMNS} | options
        return self.load(self.source(entry))

    def quarantined(self) -> list[tuple[int, str | None, str | None, str]]:
        """(line, column, value, rule) of every quarantine row, in order."""
        found = self.engine.arrow(self.lake.scan(self.engine, QUARANTINE)).to_pylist()
        return sorted((r["line"], r["column_name"], r["value"], r["rule"]) for r in found)


@pytest.fixture
def desk(tmp_path: Path, lake: Lake, engine: Engine, zone: ZoneInfo) -> Desk:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return Desk(folder, lake, engine, zone)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk.base()
    return desk
