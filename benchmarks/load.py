"""Load rate: a transaction CSV through the real load (all checks, quarantine, commit) against bare reads.

The limits are the same file only parsed, by Polars and by DuckDB, each with its types declared: no checks, no
quarantine, no line numbers, no commit. ROWS (environment) sets the size, default 5,000,000. Each run is a process
of its own, so that its peak memory is its own. A share of the rows is bad on purpose.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from pyarrow import csv

from benchmarks.machine import machine, peak_memory_mb

ROWS = int(os.environ.get("ROWS", "5000000"))
ACCOUNTS = 200_000
BAD_SHARE = 0.0001
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def make(folder: Path) -> dict[str, float]:
    """Writes the account and transaction files, in slices of a million rows.

    In a process of its own as well: a child starts with its parent's peak memory as its own.
    """
    began = time.perf_counter()
    rng = np.random.default_rng(20261122)
    csv.write_csv(pa.table({"id": [f"A{i:08d}" for i in range(ACCOUNTS)]}), folder / "a.csv")
    base = np.datetime64("2026-01-01T00:00:00")
    writer = None
    for start in range(0, ROWS, 1_000_000):
        n = min(1_000_000, ROWS - start)
        seconds = np.sort(rng.integers(0, 86_400, n)) + start * 90 * 86_400 // ROWS
        amount = [f"{x / 100:.2f}" for x in rng.integers(1, 10**7, n)]
        for i in np.flatnonzero(rng.random(n) < BAD_SHARE):
            amount[i] = "bad"
        part = pa.table(
            {
                "id": [f"T{i:010d}" for i in range(start, start + n)],
                "account": [f"A{i:08d}" for i in rng.integers(0, ACCOUNTS, n)],
                "at": pa.array(base + seconds.astype("timedelta64[s]")).cast(pa.string()),
                "amount": amount,
                "direction": np.where(rng.random(n) < 0.5, "收", "付"),
                "channel": rng.choice(["手机银行", "网银", "POS", "柜面"], n),
                "memo": [f"消费{i % 1000}" for i in range(n)],
            }
        )
        writer = writer or csv.CSVWriter(folder / "t.csv", part.schema)
        writer.write_table(part)
    if writer:
        writer.close()
    return {"seconds": time.perf_counter() - began}


def liuke_load(folder: Path) -> dict[str, float]:
    """The real load; base tables are loaded before the clock starts."""
    from liuke.collect import Source, load
    from liuke.engine import DuckEngine
    from liuke.lake import Lake

    engine, lake, zone = DuckEngine(memory_limit_mb=1024, threads=2), Lake(folder / "lake"), ZoneInfo("Asia/Shanghai")
    day, one = {"const": "2020-01-01"}, [{"i": "1"}]
    base = [
        {"table": "branch", "rows": one, "columns": {"branch_id": "i", "name": "i", "level": {"const": "head"}}},
        {"table": "customer", "rows": one, "columns": {"customer_id": "i", "branch_id": "i", "opened_on": day}},
        {"table": "account", "path": "a.csv", "columns": {
            "account_id": "id", "customer_id": {"const": "1"}, "account_type": {"const": "current"},
            "currency": {"const": "CNY"}, "opened_on": day}},
    ]  # fmt: skip
    load(
        Source.model_validate({"name": "base", "files": base}),
        folder=folder,
        lake=lake,
        engine=engine,
        zone=zone,
        now=NOW,
    )
    columns = {
        "transaction_id": "id", "account_id": "account", "occurred_at": "at", "amount": "amount",
        "direction": {"from": "direction", "value_map": {"收": "in", "付": "out"}}, "currency": {"const": "CNY"},
        "initiator": {"const": "customer"}, "transaction_type": {"const": "transfer"}, "description": "memo",
        "channel": {"from": "channel", "value_map": {"手机银行": "app", "网银": "web", "POS": "pos", "柜面": "branch"}},
    }  # fmt: skip
    source = Source.model_validate(
        {"name": "t", "files": [{"table": "transaction", "path": "t.csv", "columns": columns}]}
    )
    began = time.perf_counter()
    report = load(source, folder=folder, lake=lake, engine=engine, zone=zone, now=NOW)
    seconds = time.perf_counter() - began
    [table] = report.tables
    if table.accepted + table.quarantined != ROWS or not 0 < table.quarantined < ROWS * BAD_SHARE * 3:
        raise SystemExit(f"the load lost rows: {table}")
    return {"seconds": seconds, "quarantined": table.quarantined}


def polars_read(folder: Path) -> dict[str, float]:
    """Polars' eager CSV read with declared types, bad amounts as null."""
    import polars as pl

    began = time.perf_counter()
    frame = pl.read_csv(
        folder / "t.csv", schema_overrides={"amount": pl.Float64}, ignore_errors=True, try_parse_dates=True
    )
    if frame.height != ROWS:
        raise SystemExit("polars lost rows")
    return {"seconds": time.perf_counter() - began}


def duckdb_read(folder: Path) -> dict[str, float]:
    """DuckDB's CSV read with declared types into a Parquet file; rows that do not fit are dropped."""
    import duckdb

    began = time.perf_counter()
    con = duckdb.connect(config={"memory_limit": "1GB", "threads": 2, "temp_directory": str(folder / "spill")})
    con.sql(
        f"COPY (FROM read_csv('{folder / 't.csv'}', ignore_errors=true, columns={{'id': 'VARCHAR', "
        "'account': 'VARCHAR', 'at': 'TIMESTAMP', 'amount': 'DECIMAL(18, 2)', 'direction': 'VARCHAR', "
        f"'channel': 'VARCHAR', 'memo': 'VARCHAR'}})) TO '{folder / 'd.parquet'}'"
    )
    return {"seconds": time.perf_counter() - began}


RUNS = {"make": make, "liuke": liuke_load, "polars": polars_read, "duckdb": duckdb_read}


def measured(name: str, folder: Path) -> dict[str, float]:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.load", name, str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{name:8} {result['seconds']:.1f} s  {ROWS / result['seconds']:,.0f} rows/s  peak {result['peak_mb']} MB")
    return result


def main() -> None:
    """Runs all, or with a name and a folder one of them."""
    if len(sys.argv) > 2:
        result = RUNS[sys.argv[1]](Path(sys.argv[2]))
        print(json.dumps(result | {"peak_mb": peak_memory_mb()}))
        return
    about = machine()
    folder = Path(tempfile.mkdtemp(prefix="liuke-bench-"))
    try:
        measured("make", folder)
        size = (folder / "t.csv").stat().st_size
        print(f"{ROWS:,} rows, {size / 1e6:,.0f} MB of CSV")
        found = {name: measured(name, folder) for name in RUNS if name != "make"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ours = found["liuke"]["seconds"]
    figures = {f"{n}_rows_per_second": round(ROWS / r["seconds"]) for n, r in found.items()}
    figures |= {f"{n}_peak_mb": round(r["peak_mb"]) for n, r in found.items()}
    ratios = {f"time_against_{n}_bare_read": round(ours / found[n]["seconds"], 1) for n in ("polars", "duckdb")}
    print(json.dumps({"ratios": ratios, "figures": figures | {"rows": ROWS, "csv_bytes": size}, "machine": about}))


if __name__ == "__main__":
    main()
