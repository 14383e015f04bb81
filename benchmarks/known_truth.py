"""Does the interval the product reports hold the true effect of the simulation? One demo per seed.

LIUKE_BENCH_SEEDS: how many seeds, default 100. Each demo is a bank of 2,000 customers and 9 months with a batch
every three weeks; all that is random differs between seeds. A 95% interval must cover in at least 90 of 100.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean, stdev
from typing import Any

from benchmarks.machine import machine

CUSTOMERS, END = 2000, "2026-06-30"


def demo(seed: int) -> dict[str, Any]:
    """One demo's JSON."""
    with tempfile.TemporaryDirectory(prefix="liuke-truth-") as folder:
        command = [
            *(sys.executable, "-m", "liuke", "demo", "--no-serve", "--json", "--loop-only"),
            *("--every", "21", "--months", "9"),
            *("--customers", str(CUSTOMERS), "--seed", str(seed), "--end", END, "--home", f"{folder}/home"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"seed {seed} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Runs the seeds on all cores and counts."""
    seeds = range(1, int(os.environ.get("LIUKE_BENCH_SEEDS", "100")) + 1)
    found = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for n, result in enumerate(pool.map(demo, seeds), start=1):
            found.append(result)
            if n % 10 == 0:
                print(f"{n} seeds: {sum(r['covered'] for r in found)} covered", flush=True)
    gaps = [r["effect"]["estimate"] - r["true_effect"] for r in found]
    figures = {
        "seeds": len(found),
        "covered": sum(r["covered"] for r in found),
        "mean_effect": round(fmean(r["effect"]["estimate"] for r in found), 4),
        "mean_true_effect": round(fmean(r["true_effect"] for r in found), 4),
        "mean_gap": round(fmean(gaps), 4),
        "gap_standard_error": round(stdev(gaps) / len(gaps) ** 0.5, 4),
        "mean_interval_width": round(fmean(r["effect"]["high"] - r["effect"]["low"] for r in found), 4),
        "missed_seeds": [r["seed"] for r in found if not r["covered"]],
    }
    ratios = {"coverage": round(figures["covered"] / figures["seeds"], 3)}
    print(json.dumps({"name": "known_truth", "ratios": ratios, "figures": figures, "machine": machine()}))


if __name__ == "__main__":
    main()
