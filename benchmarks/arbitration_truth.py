"""Does arbitration by expected incremental value keep more customers per contact than the churn score, and is it told?

On default synthetic banks, one per seed: half of the warned of three mornings are called by lot, what is learned from
them decides on a later morning with places for a third, and the true effects of the simulation judge. The measured
advantage's 95% interval must hold the true one in about 95 of 100 seeds.
LIUKE_BENCH_SEEDS: how many seeds, default 10. LIUKE_BENCH_CUSTOMERS: of each bank, default 24,000.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from benchmarks.machine import machine
from liuke.engine import DuckEngine
from liuke.sim import SimConfig
from tests.truth.mornings import BY_SCORE, BY_VALUE, END, Mornings


def one(seed: int, customers: int) -> dict[str, Any]:
    """Customers truly kept per contact both ways, and the advantage measured, in one bank."""
    with tempfile.TemporaryDirectory(prefix="liuke-arbitration-") as folder:
        engine = DuckEngine(memory_limit_mb=1024, threads=2)
        bank = Mornings(engine, SimConfig(customers, END, months=9, seed=seed), Path(folder) / "history")
        bank.draw_arms("arms")
        learned = bank.learned()
        by_value, by_score = bank.chosen(BY_VALUE, learned), bank.chosen(BY_SCORE, learned)
        measured = bank.measured(by_value, by_score)
        engine.close()
    value, score = bank.kept(by_value), bank.kept(by_score)
    everybody = bank.kept({row["customer_id"] for row in bank.today})
    return {
        "seed": seed, "warned": len(bank.today), "contacts": len(by_value), "by_value": value, "by_score": score,
        "everybody": everybody, "estimate": measured.estimate, "low": measured.low, "high": measured.high,
        "covered": measured.low <= value - score <= measured.high,
    }  # fmt: skip


def main() -> None:
    """Runs the seeds one after the other."""
    seeds = range(1, int(os.environ.get("LIUKE_BENCH_SEEDS", "10")) + 1)
    customers = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "24000"))
    found = []
    for seed in seeds:
        found.append(one(seed, customers))
        print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in found[-1].items()}), flush=True)
    gains = [r["by_value"] - r["by_score"] for r in found]
    figures = {
        "seeds": len(found),
        "kept_by_value": round(fmean(r["by_value"] for r in found), 4),
        "kept_by_score": round(fmean(r["by_score"] for r in found), 4),
        "kept_by_calling_everybody": round(fmean(r["everybody"] for r in found), 4),
        "mean_advantage": round(fmean(gains), 4),
        "advantage_standard_error": round(stdev(gains) / len(gains) ** 0.5, 4) if len(gains) > 1 else None,
        "mean_measured": round(fmean(r["estimate"] for r in found), 4),
        "seeds_ahead": sum(gain > 0 for gain in gains),
        "covered": sum(r["covered"] for r in found),
    }
    ratios = {
        "kept_by_value_to_score": round(figures["kept_by_value"] / figures["kept_by_score"], 3),
        "coverage": round(figures["covered"] / figures["seeds"], 3),
    }
    print(json.dumps({"name": "arbitration_truth", "ratios": ratios, "figures": figures, "machine": machine()}))


if __name__ == "__main__":
    main()
