"""Transaction features of every customer: one as-of day and twelve month-ends, against Polars and PySpark.

LIUKE_BENCH_CUSTOMERS (default 1000000) customers with LIUKE_BENCH_EACH (default 100) transactions in one year, in
the order in which the lake's compaction leaves them (lake/arrangement.py): a file a month, by account within it.
All contenders read the same files and make the same features (all that the registry makes from transactions alone),
on two threads, in a process of its own each; peak memory includes children. Values are compared afterwards.
LIUKE_BENCH_CONTENDERS: which ones, with commas between. PySpark and featuretools run on a bank of
LIUKE_BENCH_SPARK_CUSTOMERS (default 100000), where Liuke runs too: ratios named "small" are of that size.

Polars: its streaming engine, on the stronger of two plans tried (add up per customer and elementary interval, then
per window). PySpark: local mode, conditional sums in one group-by, result written as Parquet. featuretools: a slice
of the smaller bank, with the few features it finds (benchmarks/featuretools_slice.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks.daily import step
from benchmarks.feature_peers import peer_polars, peer_spark
from benchmarks.machine import machine
from liuke.lake.arrangement import GROUP_ROWS

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "1000000"))
EACH = int(os.environ.get("LIUKE_BENCH_EACH", "100"))
SMALLER = min(CUSTOMERS, int(os.environ.get("LIUKE_BENCH_SPARK_CUSTOMERS", "100000")))
CONTENDERS = os.environ.get("LIUKE_BENCH_CONTENDERS", "liuke,liuke_12,polars,spark,featuretools").split(",")
MEMORY_MB = int(os.environ.get("LIUKE_BENCH_MEMORY_MB", "4500"))
END = date(2026, 6, 30)
MONTH_ENDS = tuple(date(2025 + (m > 12), (m - 1) % 12 + 1, 1) - timedelta(days=1) for m in range(8, 20))
HERE = Path(__file__).parent.parent
_STAMP = pa.timestamp("us", tz="UTC")
_HOUR = 3_600 * 10**6
_WORDS = {
    "direction": ["in", "out"],
    "initiator": ["customer", "standing_order", "bank", "counterparty"],
    "transaction_type": ["transfer", "cash", "card", "salary", "interest", "fee", "repayment", "wealth", "bill"],
    "channel": ["branch", "atm", "app", "web", "pos", "phone", "system", "other"],
    "merchant_category": ["餐饮", "超市", "交通", "医疗", "教育", "母婴", "服饰", "旅游", "娱乐", "家居", "生活缴费"],
}


def make(folder: Path) -> None:
    """Writes customer and account files and one file of transactions a month."""
    rng, start = np.random.default_rng(20261122), np.datetime64("2025-07-01")
    ids = pa.array([f"9001{i:012d}" for i in range(CUSTOMERS)])
    _dimensions(folder, ids)
    months = 12
    for month in range(months):
        n = CUSTOMERS * EACH // months
        first, last = month * 365 // months, (month + 1) * 365 // months
        account = np.sort(rng.integers(0, CUSTOMERS, n))
        day = (start + rng.integers(first, last, n)).astype("datetime64[D]")
        part = _transactions(rng, ids.take(pa.array(account)), day)
        parquet.write_table(part, folder / f"transaction-{month:02d}.parquet", row_group_size=GROUP_ROWS)


def _transactions(rng: np.random.Generator, accounts: pa.Array, day: np.ndarray) -> pa.Table:
    n = len(day)
    out = rng.random(n) < 0.8
    own = out & (rng.random(n) < 0.85)
    codes = {
        "direction": out,
        "initiator": np.where(own, 0, np.where(out, rng.integers(1, 3, n), 3)),
        "transaction_type": rng.integers(0, 9, n),
        "channel": rng.integers(0, 8, n),
        "merchant_category": rng.integers(0, 11, n),
    }
    midnight = day.astype("datetime64[us]").astype(np.int64) - 8 * _HOUR
    fen = np.round(rng.lognormal(4.5, 1.2, n) * 100)
    return pa.table(
        {
            "account_id": accounts,
            "occurred_at": pa.array(midnight + rng.integers(0, 86_400, n) * 10**6).cast(_STAMP),
            "amount": pa.array(fen / 100).cast(pa.decimal128(18, 2)),
            **{name: pa.array(_WORDS[name]).take(pa.array(code.astype(np.int8))) for name, code in codes.items()},
            "business_date": pa.array(day),
            "ingested_at": pa.array(midnight + 24 * _HOUR).cast(_STAMP),
        }
    )


def _dimensions(folder: Path, ids: pa.Array) -> None:
    from liuke.tables import ACCOUNT, CUSTOMER

    fixed = {
        "customer_id": pa.array([f"C{i:08d}" for i in range(CUSTOMERS)]),
        "account_id": ids,
        "account_type": "current",
        "opened_on": date(2020, 1, 1),
        "ingested_at": pa.scalar(0, _STAMP),
    }
    for table in (ACCOUNT, CUSTOMER):
        columns = [
            value
            if isinstance(value := fixed.get(f.name), pa.Array)
            else pa.repeat(pa.scalar(value, f.type), CUSTOMERS)
            for f in table.arrow
        ]
        parquet.write_table(pa.table(columns, names=table.arrow.names), folder / f"{table.name}.parquet")


def liuke_features(folder: Path, days: tuple[date, ...]) -> float:
    """The real build, part after part in the engine; seconds. The result of one day is written after the clock.

    Of many days no part is kept, as training keeps none: it takes the examples it has drawn.
    """
    from zoneinfo import ZoneInfo

    from liuke.clock import AsOf
    from liuke.engine import DuckEngine
    from liuke.insight.features.build import features_in_parts

    zone = ZoneInfo("Asia/Shanghai")
    engine = DuckEngine(memory_limit_mb=MEMORY_MB, threads=2, spill=folder / "spill")
    began = time.perf_counter()
    parts = features_in_parts(
        engine,
        lambda table: engine.scan(sorted(map(str, folder.glob(f"{table.name}*.parquet"))), table.arrow),
        [AsOf.end_of(day, zone) for day in days],
        zone=zone,
        names=names(),
    )
    if len(days) == 1:
        made = engine.gathered(parts)
        rows, seconds = engine.count(made), time.perf_counter() - began
        engine.store(made, str(folder / "liuke.parquet"))
    else:
        rows = 0
        for part in parts:
            made = engine.materialise(part)
            rows += engine.count(made)
            engine.release(made)
        seconds = time.perf_counter() - began
    engine.close()
    if rows != CUSTOMERS * len(days):
        sys.exit(f"{rows} rows instead of {CUSTOMERS * len(days)}")
    return seconds


def names() -> list[str]:
    """Every feature made from transactions alone, without reading them a second time."""
    from liuke.insight.features.registry import DEFINITIONS

    mine = {"move", "moment"}
    return [n for n, d in DEFINITIONS.items() if {c.source for c in d.cells} <= mine and d.cells]


def compare(folder: Path, peer: str) -> dict[str, object]:
    """The largest difference of any value from the peer's, relative to 1 + its size, and how many were compared."""
    import polars as pl

    mine, other = (pl.scan_parquet(folder / f"{n}.parquet").sort("customer_id") for n in ("liuke", peer))
    worst, compared = 0.0, 0
    columns = [n for n in names() if n in pl.scan_parquet(folder / f"{peer}.parquet").collect_schema()]
    for name in columns:
        a, b = (f.select(name).collect()[name].to_numpy() for f in (mine, other))
        if (np.isnan(a) != np.isnan(b)).any():
            sys.exit(f"{peer} and liuke disagree on who has {name}")
        worst = max(worst, float(np.nanmax(np.abs(a - b) / (1 + np.abs(b)), initial=0.0)))
        compared += len(a)
    if worst > 1e-6:
        sys.exit(f"{peer} and liuke disagree by {worst}")
    return {"columns": len(columns), "values": compared, "largest_relative_difference": worst}


def featuretools_slice(folder: Path, customers: int = 2_000) -> dict[str, object]:
    """What benchmarks/featuretools_slice.py says of that many customers."""
    python = HERE / ".venv" / "featuretools" / "bin" / "python"
    if not python.exists():
        return {"not installed": str(python)}
    script = HERE / "benchmarks" / "featuretools_slice.py"
    cutoff = (END + timedelta(days=1)).isoformat()
    command = [str(python), "-W", "ignore", str(script), str(folder), str(min(customers, CUSTOMERS)), cutoff]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(said.stdout)
    return {"customers": found["customers"], "features": found["features"], "took_s": round(found["seconds"], 1)}


def main() -> None:
    """Makes the data, runs every contender in a process of its own, prints one JSON object."""
    about = machine()
    figures: dict[str, object] = {
        "customers": CUSTOMERS, "transactions": CUSTOMERS * EACH, "features": len(names()), "customers_spark": SMALLER
    }  # fmt: skip
    large = _race(CUSTOMERS, [c for c in CONTENDERS if c not in ("spark", "featuretools")], figures, "")
    small = _race(SMALLER, [c for c in ("liuke", "spark", "featuretools") if c in CONTENDERS], figures, "_small")
    pairs = {
        "time_to_polars": (large, "liuke", "polars"),
        "twelve_days_to_one": (large, "liuke_12", "liuke"),
        "times_faster_than_spark_small": (small, "spark", "liuke"),
    }
    ratios = {n: round(took[a][0] / took[b][0], 2) for n, (took, a, b) in pairs.items() if a in took and b in took}
    ratios |= {f"{n}_cpu": round(large[a][1] / large[b][1], 2) for n, (took, a, b) in pairs.items()
               if took is large and a in took and b in took}  # fmt: skip
    print(json.dumps({"name": "features", "ratios": ratios, "figures": figures, "machine": about}))


def _race(
    customers: int, contenders: list[str], figures: dict[str, object], suffix: str
) -> dict[str, tuple[float, float]]:
    """Seconds and CPU seconds of each contender on a bank of that many customers; details go to figures."""
    folder, took = Path(tempfile.mkdtemp(prefix="liuke-features-")), {}
    os.environ["LIUKE_BENCH_CUSTOMERS"] = str(customers)
    try:
        step("-m", "benchmarks.features", "make", str(folder), cwd=HERE)
        for name in contenders:
            _, peak, said = step("-m", "benchmarks.features", name, str(folder), cwd=HERE)
            result = json.loads(said.strip().splitlines()[-1])
            if "seconds" not in result:
                figures[f"{name}{suffix}"] = result
                continue
            seconds, cpu = took[name] = result["seconds"], result["cpu_seconds"]
            who = f"{name}{suffix}"
            figures |= {f"{who}_s": round(seconds, 1), f"{who}_cpu_s": round(cpu, 1), f"{who}_peak_mb": peak}
            print(f"{who:14} {customers:9} customers {seconds:8.1f} s {cpu:8.1f} CPU s  peak {peak} MB", flush=True)
        for peer in {"polars", "spark"} & set(took) if "liuke" in took else ():
            figures[f"equal_to_{peer}"] = compare(folder, peer)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return took


def timed(run: Callable[[Path], float], folder: Path) -> dict[str, float]:
    """What a contender took: its own seconds, CPU seconds of this process and, when it ends, of what it started."""
    before = os.times()
    seconds = run(folder)
    after = os.times()
    return {"seconds": seconds, "cpu_seconds": sum(after[:4]) - sum(before[:4])}


RUNS = {
    "liuke": lambda folder: timed(lambda f: liuke_features(f, (END,)), folder),
    "liuke_12": lambda folder: timed(lambda f: liuke_features(f, MONTH_ENDS), folder),
    "polars": lambda folder: timed(lambda f: peer_polars(f, END), folder),
    "spark": lambda folder: timed(lambda f: peer_spark(f, END), folder),
    "featuretools": featuretools_slice,
}

if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(Path(sys.argv[2]))
    elif len(sys.argv) > 2:
        os.environ.setdefault("POLARS_MAX_THREADS", "2")
        print(json.dumps(RUNS[sys.argv[1]](Path(sys.argv[2]))))
    else:
        main()
