"""The shipped loan journey over application events: eight steps of every application, over days and channels.

LIUKE_BENCH_JOURNEYS events (default 2000000,10000000), five applications per customer begun within 25 days, in
stretches sorted by name and customer as the lake leaves them. Measured: cases, visits and stages made once; the whole
map; the course by week. Two threads, each size in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.machine import machine, peak_memory_mb
from benchmarks.stopwatch import Stopwatch
from liuke.engine import DuckEngine
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.catalogue import read_journeys
from liuke.insight.journey.reading import read_journey
from liuke.insight.journey.trend import journey_trend
from liuke.insight.rules.data import RuleData
from liuke.tables import COMPLAINT, INTERACTION, Table

SIZES = [int(n) for n in os.environ.get("LIUKE_BENCH_JOURNEYS", "2000000,10000000").split(",")]
MEMORY_MB = int(os.environ.get("LIUKE_BENCH_MEMORY_MB", "6000"))
STEPS = 8
BEGIN = 1764518400000000
FIRST, LAST, DAY = date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 20)
BANK = Path(__file__).parents[1] / "examples" / "bank"


def make(path: Path, events: int) -> None:
    """A third of the cases never ends; the others are completed, rejected or withdrawn in equal parts."""
    con = duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(path.parent / "spill"), "threads": 2})
    con.execute("SET TimeZone = 'UTC'")
    con.execute(f"""
        COPY (
          SELECT 'E' || i AS event_id, 'C' || lpad((a % {events // (5 * STEPS)})::VARCHAR, 9, '0') AS customer_id,
            NULL::VARCHAR AS anonymous_id,
            make_timestamptz(({BEGIN} + hash(a) % 2160000 * 1000000 + k * (40000000 + hash(i) % 86400000000))::BIGINT)
              AS occurred_at,
            CASE WHEN k = 0 THEN 'application_started'
              WHEN k = 7 AND a % 3 > 0 THEN
                (['application_completed', 'application_rejected', 'application_withdrawn'])[1 + (hash(a + 5) % 3)::INT]
              WHEN k IN (4, 5) THEN 'application_status' ELSE 'application_step' END AS event_name,
            (['app', 'app', 'branch', 'web'])[1 + (hash(i + 3) % 4)::INT] AS channel, NULL::VARCHAR AS session_id,
            '{{"application":"LN-' || a || '","journey":"loan_application","stage":"'
              || (['form', 'form', 'identity', 'documents', 'review', 'review', 'signing', 'payout'])[1 + k]
              || '","fields":"' || (['mobile,income', '', 'id_document', 'income,employer'])[1 + (hash(i + 9) % 4)::INT]
              || '","status":"' || (['in_review', 'approved'])[1 + k % 2] || '"}}' AS properties,
            (occurred_at + INTERVAL 8 HOUR)::DATE AS business_date
          FROM (SELECT i, (i // {STEPS})::BIGINT AS a, (i % {STEPS})::INT AS k FROM range({events}) t(i))
          ORDER BY i % 5, event_name, customer_id
        ) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 32768)""")
    con.close()


def measure(path: Path) -> dict[str, float]:
    """In this process."""
    engine = DuckEngine(memory_limit_mb=MEMORY_MB, threads=2)
    events = engine.from_parquet(str(path))
    facts = {"event": events, **{table.name: engine.from_arrow(_none(table)) for table in (COMPLAINT, INTERACTION)}}
    people = Population(RuleData(DAY, events, None, facts.__getitem__, events))
    journey = read_journeys(BANK).named("loan_application")
    with ExitStack() as held:
        with Stopwatch() as making:
            cases = held.enter_context(journey_cases(engine, people, journey, Period(FIRST, LAST)))
        with Stopwatch() as reading:
            told = read_journey(engine, cases)
        with Stopwatch() as course:
            journey_trend(cases, "week")
    engine.close()
    watches = {"made": making, "map": reading, "weeks": course}
    figures = {f"{name}_s": round(watch.seconds, 1) for name, watch in watches.items()}
    figures |= {f"{name}_cpu_s": round(watch.cpu, 1) for name, watch in watches.items()}
    return figures | {"cases": told.cases, "peak_mb": peak_memory_mb()}


def _none(table: Table) -> pa.Table:
    return pa.table({field.name: pa.array([], field.type) for field in table.arrow})


def main() -> None:
    """Measures and prints one JSON object."""
    began = machine()
    figures: dict[str, float] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="liuke-journeys-") as folder:
            make(Path(folder) / "events.parquet", size)
            told = subprocess.run(
                [sys.executable, "-m", "benchmarks.journeys", f"{folder}/events.parquet"],
                check=True, capture_output=True, text=True,
            ).stdout  # fmt: skip
        figures |= {f"{size}_{name}": value for name, value in json.loads(told).items()}
        print(size, told.strip(), flush=True)
    print(json.dumps({"name": "journeys", "ratios": {}, "figures": figures, "machine": began}))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(measure(Path(sys.argv[1]))))
    else:
        main()
