"""Churn models on public data against targets, peers and one-liners; a section per data set.

LIUKE_BENCH_SECTIONS: names separated by commas; default all.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

from benchmarks.churn.section import Section
from benchmarks.machine import children_peak_memory_mb, machine, peak_memory_mb

SECTIONS = ("av_savings_churn", "berka", "cdnow", "synthetic")
"""Each is benchmarks/churn/<name>.py with `run() -> Section`."""


def main() -> None:
    """Runs the sections one after the other and prints one JSON object."""
    described = machine()
    named = os.environ.get("LIUKE_BENCH_SECTIONS")
    wanted = named.split(",") if named else list(SECTIONS)
    unknown = sorted(set(wanted) - set(SECTIONS))
    if unknown:
        sys.exit(f"no section named {', '.join(unknown)}; there are: {', '.join(SECTIONS)}")
    figures: dict[str, object] = {}
    ratios: dict[str, object] = {}
    for name in wanted:
        found: Section = import_module(f"benchmarks.churn.{name}").run()
        print(f"{name}: {json.dumps(found.figures)}".replace("{", " ", 1), flush=True)
        figures |= {f"{name}.{key}": value for key, value in found.figures.items()}
        ratios |= {f"{name}.{key}": value for key, value in found.ratios.items()}
    figures["peak_memory_mb"] = max(peak_memory_mb(), children_peak_memory_mb())
    print(json.dumps({"name": "churn_public", "ratios": ratios, "figures": figures, "machine": described}))


if __name__ == "__main__":
    main()
