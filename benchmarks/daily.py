"""A bank's day: simulate, load the history, run the batch; time and memory of each at two sizes.

LIUKE_BENCH_CUSTOMERS: sizes, default "20000,200000". Each step is a process of its own, so its peak memory is
its own. The batch runs twice: the first opens the day's orders, the second finds its work done. Beside it, in
the same run, Polars computes the same three windows of own transactions and balances from the same files: the
limit for the part of the batch that reads the bank.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import machine

END = date(2026, 6, 30)


def step(*arguments: str, cwd: Path) -> tuple[float, int, str]:
    """Runs one command; seconds, peak resident MB of it and its children, standard output."""
    began, peak = time.perf_counter(), 0
    with (
        tempfile.TemporaryFile("w+") as out,
        subprocess.Popen([sys.executable, *arguments], cwd=cwd, stdout=out) as run,
    ):
        watched = psutil.Process(run.pid)
        while run.poll() is None:
            peak = max(peak, _resident_mb(watched))
            time.sleep(0.05)
        out.seek(0)
        text = out.read()
    if run.returncode:
        sys.exit(f"{' '.join(arguments)} failed with exit code {run.returncode}")
    return time.perf_counter() - began, peak, text


def _resident_mb(process: psutil.Process) -> int:
    try:
        family = [process, *process.children(recursive=True)]
        return sum(p.memory_info().rss for p in family) // 2**20
    except psutil.NoSuchProcess:
        return 0


def measure(customers: int, folder: Path) -> dict[str, Any]:
    """All steps at one size."""
    home, files = folder / "home", folder / "bank"
    simulated = step(
        *("-m", "liuke", "simulate", str(files), "--customers", str(customers), "--end", str(END), "--json"), cwd=folder
    )
    step("-m", "liuke", "init", str(home), cwd=folder)
    source = str(files / "sources" / "simulated.yaml")
    loaded = step("-m", "liuke", "load", source, "--home", str(home), "--json", cwd=folder)
    rows = sum(t["accepted"] for report in json.loads(loaded[2])["loads"] for t in report["tables"])
    command = ("-m", "liuke", "run", "--as-of", str(END), "--home", str(home), "--json")
    first, again = step(*command, cwd=folder), step(*command, cwd=folder)
    peer = step("-m", "benchmarks.daily", "--peer", str(files / "data"), cwd=Path(__file__).parent.parent)
    report = json.loads(first[2])
    return {
        "rows": rows,
        "simulate_s": round(simulated[0], 1),
        "simulate_mb": simulated[1],
        "load_s": round(loaded[0], 1),
        "load_rows_per_s": round(rows / loaded[0]),
        "load_mb": loaded[1],
        "run_s": round(first[0], 1),
        "run_mb": first[1],
        "run_inside_s": report["seconds"],
        "run_again_s": round(again[0], 1),
        "orders": report["orders_opened"],
        "polars_windows_s": round(peer[0], 1),
        "polars_windows_mb": peer[1],
    }


def peer(data: Path) -> None:
    """Polars: own transactions of the last 30 and the 90 days before, and AUM on four days, per customer."""
    import polars as pl

    accounts = pl.scan_parquet(data / "account" / "*.parquet").select("account_id", "customer_id", "account_type")
    moves = pl.scan_parquet(data / "transaction" / "*.parquet").filter(pl.col("initiator") == "customer")
    day = pl.col("occurred_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
    recent = moves.select("account_id", day=day).filter(pl.col("day") > END - timedelta(days=120))
    counts = (
        recent.join(accounts, on="account_id")
        .group_by("customer_id")
        .agg(recent=(pl.col("day") > END - timedelta(days=30)).sum(), last=pl.col("day").max(), total=pl.len())
    )
    balances = pl.scan_parquet(data / "balance_daily" / "*.parquet").sort("balance_date")
    assets = balances.group_by("account_id").agg(
        *[
            pl.col("balance").filter(pl.col("balance_date") <= END - timedelta(days=back)).last().alias(f"aum_{back}")
            for back in (0, 30, 60, 90)
        ]
    )
    owned = accounts.filter(~pl.col("account_type").is_in(["loan", "credit_card"])).join(assets, on="account_id")
    wealth = owned.group_by("customer_id").agg(pl.col("^aum_.*$").sum())
    print(wealth.join(counts, on="customer_id", how="left").collect(engine="streaming").height)


def main() -> None:
    """Measures each size and prints one JSON object."""
    sizes = [int(n) for n in os.environ.get("LIUKE_BENCH_CUSTOMERS", "20000,200000").split(",")]
    figures: dict[str, Any] = {}
    for customers in sizes:
        with tempfile.TemporaryDirectory(prefix="liuke-daily-") as folder:
            found = measure(customers, Path(folder))
        print(f"{customers} customers: {found}", flush=True)
        figures |= {f"{customers // 1000}k_{name}": value for name, value in found.items()}
    ratios = {
        f"{n // 1000}k_run_inside_to_polars_windows": round(
            figures[f"{n // 1000}k_run_inside_s"] / max(figures[f"{n // 1000}k_polars_windows_s"], 0.1), 2
        )
        for n in sizes
    }
    print(json.dumps({"name": "daily", "ratios": ratios, "figures": figures, "machine": machine()}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(Path(sys.argv[2]))
    else:
        main()
