"""Uplift on public trials and where the truth is known, by the general path; a section per data set.

LIUKE_BENCH_SECTIONS: names separated by commas; default all.
"""

from __future__ import annotations

from benchmarks.section import run_sections

if __name__ == "__main__":
    run_sections("uplift_public", "benchmarks.uplift", ("hillstrom", "cookie_cats", "alike", "synthetic"))
