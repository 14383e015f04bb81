"""Churn models on public data against targets, peers and one-liners; a section per data set.

LIUKE_BENCH_SECTIONS: names separated by commas; default all.
"""

from __future__ import annotations

from benchmarks.section import run_sections

if __name__ == "__main__":
    run_sections("churn_public", "benchmarks.churn", ("av_savings_churn", "berka", "cdnow", "synthetic"))
