"""Funnel, retention and paths over app events, beside ClickHouse's windowFunnel, retention and arrays through chdb.

LIUKE_BENCH_SIZES events (default 10000000,31600000,100000000), a hundred per customer over 31 days in sessions of
eight, in the order in which the lake leaves them (lake/arrangement.py): stretches of two million rows, within one by
name and customer. Both read the same Parquet files on two threads, each question in a process of its own; answers are
compared.

Liuke answers more in the same time, and is not relieved of it: the funnel's entrants with every step's moment, medians,
waiting and histogram, the retention with intervals, survival and maturity, paths with people, links and places.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.machine import machine, peak_memory_mb
from benchmarks.stopwatch import Stopwatch
from liuke.engine import DuckEngine
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.funnel.entrants import entrants
from liuke.insight.funnel.reading import read_steps, stopped_at
from liuke.insight.funnel.spec import Funnel
from liuke.insight.paths.counting import counted
from liuke.insight.paths.events import path_events
from liuke.insight.paths.reading import read_paths
from liuke.insight.paths.spec import Paths
from liuke.insight.retention.retained import retention
from liuke.insight.retention.spec import Retention
from liuke.insight.rules.data import RuleData

SIZES = [int(n) for n in os.environ.get("LIUKE_BENCH_SIZES", "10000000,31600000,100000000").split(",")]
MEMORY_MB = int(os.environ.get("LIUKE_BENCH_MEMORY_MB", "8000"))
QUESTIONS = ("funnel", "retention", "paths")
STRETCH = 2_000_000
SESSION = 8
BEGIN = 1764518400000000
FIRST, LAST = date(2025, 12, 1), date(2025, 12, 31)
STEPS = ("login", "search", "view_product", "apply_start")
NAMES = (*STEPS, "transfer", "bill", "wealth", "message", "settings", "help", "card", "logout")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Answer:
    """What was found, and what it took."""

    answer: Any
    seconds: float
    cpu_s: float
    peak_mb: int


def make(folder: Path, events: int) -> None:
    """One file for each stretch."""
    customers, span = events // 100, (31 * 86_400 - 600) * 10**6
    names = ", ".join(f"'{name}'" for name in NAMES)
    con = duckdb.connect(config={"memory_limit": "6GB", "temp_directory": str(folder / "spill")})
    con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    for n, first in enumerate(range(0, events, STRETCH)):
        con.execute(f"""
            COPY (
              SELECT 'E' || i AS event_id, 'C' || lpad((hash(i // {SESSION}) % {customers})::VARCHAR, 9, '0')
                  AS customer_id,
                NULL::VARCHAR AS anonymous_id, make_timestamptz(micros) AS occurred_at,
                name AS event_name, 'app' AS channel,
                NULL::VARCHAR AS session_id, NULL::VARCHAR AS properties,
                (DATE '2025-12-01' + ((micros - {BEGIN}) // 86400000000)::INT)::DATE AS business_date
              FROM (
                SELECT i, (
                    {BEGIN} + i // {SESSION} * {SESSION} * ({span} / {events})
                    + (i % {SESSION}) * 45000000 + hash(i + 1) % 40000000
                  )::BIGINT AS micros,
                  ([{names}])[1 + (hash(i * 7) % {len(NAMES)})::INT] AS name
                FROM range({first}, {min(events, first + STRETCH)}) t(i)
              ) ORDER BY event_name, customer_id
            ) TO '{folder}/{n:04}.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 32768)""")
    con.close()


def liuke(folder: Path, question: str) -> Answer:
    """In this process. The loops are compiled beforehand, as they are after a machine's first question."""
    engine = DuckEngine(memory_limit_mb=MEMORY_MB, threads=2)
    ask: Callable[[Population, Period], Any] = {"funnel": _funnel, "retention": _retention, "paths": _paths}[question](
        engine
    )
    ask(_population(engine, folder, few=True), Period(FIRST, LAST))
    whole = _population(engine, folder)
    with Stopwatch() as watch:
        found = ask(whole, Period(FIRST, LAST))
    return Answer(found, watch.seconds, watch.cpu, peak_memory_mb())


def _population(engine: DuckEngine, folder: Path, *, few: bool = False) -> Population:
    rows = engine.from_parquet(f"{folder}/*.parquet")
    rows = rows.filter(rows.customer_id < "C000000100") if few else rows
    return Population(RuleData(day=LAST, people=rows, features=None, facts=lambda _: rows, branches=rows))


def _funnel(engine: DuckEngine) -> Callable[[Population, Period], Any]:
    asked = Funnel.model_validate({"steps": [{"name": name} for name in STEPS], "window": "7d"})

    def ask(population: Population, period: Period) -> Any:
        found = entrants(engine, population, asked, period)
        people = [step.people for step in read_steps(engine, found, len(STEPS), asked.lasts).steps]
        with Stopwatch() as watch:
            engine.release(engine.materialise(stopped_at(found, 2, waiting=True)))
        engine.release(found)
        return [[k + 1, a - b] for k, (a, b) in enumerate(zip(people, [*people[1:], 0], strict=True))], watch.seconds

    return ask


def _retention(engine: DuckEngine) -> Callable[[Population, Period], Any]:
    asked = Retention.model_validate({
        "start": {"name": "login"}, "return": {"name": "search"}, "every": "day", "periods": 30, "kind": "recurring",
    })  # fmt: skip

    def ask(population: Population, period: Period) -> Any:
        cells = retention(engine, population, asked, Period(period.first, period.first)).cells
        return [cells[0].people, *(cell.returned for cell in cells[1:])], 0.0

    return ask


def _paths(engine: DuckEngine) -> Callable[[Population, Period], Any]:
    asked = Paths(steps=5)

    def ask(population: Population, period: Period) -> Any:
        found = counted(engine, path_events(engine, population, asked, period))
        told = read_paths(engine, found, asked.least, 50)
        engine.release(found.table)
        return [[">".join(name or "?" for name in path.names), path.times] for path in told.paths], 0.0

    return ask


def clickhouse(folder: Path, question: str) -> Answer:
    """In its own environment and process, on as many threads."""
    python = HERE.parent / ".venv" / "chdb" / "bin" / "python"
    told = subprocess.run(
        [str(python), str(HERE / "clickhouse_behaviour.py"), f"{folder}/*.parquet", question],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return Answer(**json.loads(told.stdout.splitlines()[-1]))


def _apart(folder: Path, question: str) -> tuple[Answer, float]:
    """Liuke in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.behaviour", str(folder), question],
        stdout=subprocess.PIPE, text=True, check=True, cwd=HERE.parent,
    )  # fmt: skip
    found = json.loads(told.stdout.splitlines()[-1])
    answer, list_seconds = found.pop("answer")
    return Answer(answer, **found), list_seconds


def same(question: str, ours: Any, theirs: Any) -> bool:
    """Whether the answers agree; paths of equal times may change places at the end of the list."""
    if question == "retention":
        return [int(n) for n in theirs[0]] == ours
    plain = [[key if question == "paths" else int(key), int(n)] for key, n in theirs]
    if question == "paths":
        return [n for _, n in plain] == [n for _, n in ours]
    return plain == [row for row in ours if row[1]]


def main() -> None:
    """Every size, every question, both contenders."""
    figures: dict[str, Any] = {}
    ratios: dict[str, float] = {}
    began = machine()
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="liuke-behaviour-") as name:
            folder = Path(name)
            make(folder, size)
            for question in QUESTIONS:
                (ours, listed), theirs = _apart(folder, question), clickhouse(folder, question)
                key = f"{question}_{size // 10**6}m"
                if not same(question, ours.answer, theirs.answer):
                    sys.exit(f"{key}: the answers differ: {ours.answer} and {theirs.answer}")
                for who, answer in (("liuke", ours), ("clickhouse", theirs)):
                    figures[f"{key}_{who}_s"] = round(answer.seconds, 2)
                    figures[f"{key}_{who}_cpu_s"] = round(answer.cpu_s, 2)
                    figures[f"{key}_{who}_peak_mb"] = answer.peak_mb
                if question == "funnel":
                    figures[f"{key}_drop_off_list_s"] = round(listed, 3)
                ratios[f"{key}_clickhouse_by_liuke"] = round(theirs.seconds / ours.seconds, 2)
                ratios[f"{key}_clickhouse_by_liuke_cpu"] = round(theirs.cpu_s / ours.cpu_s, 2)
                print(key, figures[f"{key}_liuke_s"], figures[f"{key}_clickhouse_s"])
    print(json.dumps({"ratios": ratios, "figures": figures, "machine": began}))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(vars(liuke(Path(sys.argv[1]), sys.argv[2]))))
    else:
        main()
