"""The core feed on the morning after: a large bank's balances of one night → events in the intake log.

A million customers (LIUKE_CUSTOMERS) with two accounts each, twelve balances an account behind them; in the night a
third of the accounts (LIUKE_MOVED) moved. Told to the shipped rule that reads balances (a fall to 70%), and to one
that reads all. Loading is not measured (`benchmarks.load`).
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.machine import machine, peak_memory_mb
from liuke.act.triggers import parse_trigger
from liuke.act.triggers.catalogue import SHIPPED
from liuke.collect.tracking.log import IntakeLog
from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.streaming.core.feed import Bank, begin, feed
from liuke.streaming.core.heard import EVERYTHING, Heard, heard
from liuke.tables import ACCOUNT, BALANCE_DAILY, LOAD_LOG, Table

CUSTOMERS = int(os.environ.get("LIUKE_CUSTOMERS", "1000000"))
HISTORY = 12
MOVED = float(os.environ.get("LIUKE_MOVED", "0.3333"))
ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = date(2026, 6, 29)
MORNING = datetime(2026, 6, 30, 6, tzinfo=ZONE)
RULE = Path(__file__).parents[1] / "examples" / "bank" / "triggers" / "complaint_then_outflow.yaml"
STEP = 500_000


def rows(table: Table, count: int, columns: dict[str, object], known: datetime, batch: str) -> pa.Table:
    """Rows of a table from some of its columns; the others are null."""
    system = {"source": "core", "batch_id": batch, "line": 1, "ingested_at": known.astimezone(UTC)}
    made = []
    for field in table.arrow:
        value = ({**system, **columns}).get(field.name)
        made.append(
            value.cast(field.type)
            if isinstance(value, pa.Array)
            else pa.array([value], field.type).take(pa.array(np.zeros(count, np.int64)))
        )
    return pa.table(made, schema=table.arrow)


def numbered(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def balances(
    dice: np.random.Generator, accounts: np.ndarray, day: date, known: datetime, batch: str
) -> Iterator[pa.Table]:
    for start in range(0, accounts.size, STEP):
        part = accounts[start : start + STEP]
        money = pa.array(dice.integers(0, 100_000, part.size)).cast(pa.decimal128(21, 2))
        columns = {"account_id": numbered("A", part), "balance_date": day, "business_date": day, "balance": money,
                   "currency": "CNY"}  # fmt: skip
        yield rows(BALANCE_DAILY, part.size, columns, known, batch)


def found_bank(lake: Lake, dice: np.random.Generator) -> None:
    """Two accounts a customer, and the balances of a year."""
    old = datetime(2025, 1, 1, tzinfo=UTC)
    accounts = np.arange(2 * CUSTOMERS)
    columns = {"account_id": numbered("A", accounts), "customer_id": numbered("C", accounts // 2),
               "account_type": "current", "currency": "CNY", "opened_on": date(2020, 1, 1)}  # fmt: skip
    lake.append(ACCOUNT, rows(ACCOUNT, accounts.size, columns, old, "old"), commit_id="old")
    for n in range(HISTORY):
        day = NIGHT - timedelta(days=1 + 30 * n)
        for k, part in enumerate(
            balances(dice, accounts, day, datetime.combine(day, datetime.min.time(), ZONE), "old")
        ):
            lake.append(BALANCE_DAILY, part, commit_id=f"old{n}-{k}")


def night(lake: Lake, dice: np.random.Generator) -> int:
    """A third of the accounts moved."""
    moved = np.flatnonzero(dice.random(2 * CUSTOMERS) < MOVED)
    for k, part in enumerate(balances(dice, moved, NIGHT, MORNING, "night")):
        lake.append(BALANCE_DAILY, part, commit_id=f"night{k}")
    entry = {"source": "core", "batch_id": "night", "table_name": "balance_daily", "files": "", "started_at": MORNING,
             "finished_at": MORNING, "accepted": moved.size, "quarantined": 0, "duplicates": 0, "first_date": NIGHT,
             "last_date": NIGHT}  # fmt: skip
    lake.append(LOAD_LOG, pa.Table.from_pylist([entry], schema=LOAD_LOG.arrow), commit_id="night")
    return int(moved.size)


def told(folder: Path, lake: Lake, listening: Heard) -> dict[str, float]:
    """One round on a log of its own."""
    engine, log = DuckEngine(memory_limit_mb=2048, threads=2, spill=folder / "spill"), IntakeLog(folder / "intake")
    bank = Bank(lake, engine, log, ZONE)
    begin(bank, MORNING - timedelta(hours=12))
    wall, cpu = time.perf_counter(), time.process_time()
    fed = feed(bank, listening, MORNING + timedelta(hours=1), NIGHT)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    size = sum(path.stat().st_size for path in log.folder.glob("*.mdb")) / 2**20
    log.close()
    engine.close()
    return {"events": fed.events, "seconds": round(wall, 1), "cpu_seconds": round(cpu, 1), "log_mb": round(size)}


def main() -> None:
    dice = np.random.default_rng(7)
    with tempfile.TemporaryDirectory(prefix="liuke-bench-") as place:
        folder = Path(place)
        lake = Lake(folder / "lake")
        found_bank(lake, dice)
        moved = night(lake, dice)
        rule = parse_trigger(RULE.read_text(encoding="utf-8"), SHIPPED, code=RULE.stem)
        shipped = told(folder / "shipped", lake, heard([rule]))
        whole = told(folder / "whole", lake, Heard({"balance": EVERYTHING.patterns["balance"]}))
    figures = {
        "customers": CUSTOMERS, "balances_behind": 2 * CUSTOMERS * HISTORY, "balances_of_the_night": moved,
        **{f"fall_rule_{name}": value for name, value in shipped.items()},
        **{f"every_change_{name}": value for name, value in whole.items()},
        "every_change_events_per_cpu_second": round(whole["events"] / whole["cpu_seconds"]),
        "peak_memory_mb": peak_memory_mb(),
    }  # fmt: skip
    print(json.dumps({"benchmark": "core_feed", "figures": figures, "machine": machine()}))


if __name__ == "__main__":
    main()
