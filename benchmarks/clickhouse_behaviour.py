"""ClickHouse's own answers for benchmarks/behaviour.py, through chdb; runs in an environment of its own.

Usage: python clickhouse_behaviour.py GLOB QUESTION. Prints one JSON object: answer, seconds, cpu_s, peak_mb.
windowFunnel and retention are ClickHouse's functions for these questions; paths are its documented array functions.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import chdb

STEPS = ("login", "search", "view_product", "apply_start")
DAYS = 31
FIRST = "2025-12-01"
COLUMNS = "customer_id String, event_name String, occurred_at DateTime64(6), business_date Date"
"""Said so, ClickHouse need not look for nulls."""


def funnel(files: str) -> str:
    tests = ", ".join(f"event_name = '{name}'" for name in STEPS)
    names = ", ".join(f"'{name}'" for name in STEPS)
    inner = (
        "SELECT customer_id, windowFunnel(604800000000)"
        f"(toUInt64(toUnixTimestamp64Micro(occurred_at)), {tests}) AS level"
        f" FROM file('{files}', Parquet, '{COLUMNS}') WHERE event_name IN ({names}) GROUP BY customer_id"
    )  # fmt: skip
    return f"SELECT level, count() AS people FROM ({inner}) WHERE level > 0 GROUP BY level ORDER BY level"


def retention(files: str) -> str:
    """Of the first day's log-ins: who searched on each of the next thirty days."""
    day = "business_date"
    tests = ", ".join(
        f"event_name = '{'login' if n == 0 else 'search'}' AND {day} = toDate('{FIRST}') + {n}" for n in range(DAYS)
    )
    inner = (
        f"SELECT customer_id, retention({tests}) AS r FROM file('{files}', Parquet, '{COLUMNS}')"
        " WHERE event_name IN ('login', 'search') GROUP BY customer_id"
    )
    sums = ", ".join(f"sum(r[{n + 1}])" for n in range(DAYS))
    return f"SELECT {sums} FROM ({inner})"


def paths(files: str) -> str:
    inner = (
        "SELECT arraySort(groupArray((toUnixTimestamp64Micro(occurred_at), event_name))) AS line"
        f" FROM file('{files}', Parquet, '{COLUMNS}') GROUP BY customer_id"
    )
    moments = "tupleElement(line, 1)"
    split = (
        "arrayJoin(arraySplit((e, gap) -> gap > 1800000000, tupleElement(line, 2), arrayDifference("
        f"{moments}))) AS session"
    )
    short = (
        "SELECT arrayStringConcat(arraySlice(arrayCompact(session), 1, 5), '>') AS path"
        f" FROM (SELECT {split} FROM ({inner}))"
    )
    return f"SELECT path, count() AS times FROM ({short}) GROUP BY path ORDER BY times DESC, path LIMIT 50"


def peak_mb() -> int:
    """Of this program alone: getrusage tells that of the process before, if it was larger."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main(files: str, question: str) -> None:
    query = {"funnel": funnel, "retention": retention, "paths": paths}[question](files)
    chdb.query("SELECT 1")
    used, began = time.process_time(), time.perf_counter()
    answer = json.loads(str(chdb.query(query, "JSONCompact")))["data"]
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"answer": answer, "seconds": seconds, "cpu_s": cpu, "peak_mb": peak_mb()}))


main(sys.argv[1], sys.argv[2])
