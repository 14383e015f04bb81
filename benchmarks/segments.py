"""Live count and sample of segments on one million customers, against Polars on the same Parquet files.

A wide customer_feature-like table, a customer_snapshot, and event_day (events per customer, day and name) in a lake;
rules over attributes, features, a tag, events, and all of them. LIUKE_BENCH_CUSTOMERS sets the size (default
1,000,000), LIUKE_BENCH_ROUNDS the repetitions (default 15). Each answer is a count and a sample of twenty; ours
includes reading the rule and compiling it. Polars' lazy frames are written by hand for the same question, and the
counts must be equal.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.machine import machine, peak_memory_mb

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "1000000"))
ROUNDS = int(os.environ.get("LIUKE_BENCH_ROUNDS", "15"))
DAY = date(2026, 6, 30)
FEATURES = ("aum", "aum_mean_90", "out_amount_30", "in_amount_30", "own_count_30", "days_since_active")
NAMES = np.array(["login", "search", "view_product", "apply_start"])

RULES: dict[str, dict[str, Any]] = {
    "attribute": {"all": [
        {"attribute": "age", "op": "between", "value": [25, 40]},
        {"attribute": "city", "op": "in", "value": ["杭州", "南京"]},
        {"attribute": "registered_city", "op": "!=", "value": {"attribute": "city"}},
    ]},
    "feature": {"all": [
        {"feature": "aum", "op": ">=", "value": 50000},
        {"feature": "out_amount_30", "op": ">", "value": {"feature": "in_amount_30", "times": 1.5}},
    ]},
    "tag": {"all": [{"tag": "assets_halved"}, {"not": {"attribute": "age", "op": "<", "value": 18}}]},
    "event": {"did": "event", "name": "view_product", "within": 30, "value": 3,
              "without": {"did": "event", "name": "apply_start", "since": "first_match", "within": 30}},
    "all_together": {"all": [
        {"attribute": "age", "op": ">=", "value": 30},
        {"feature": "aum", "op": ">=", "value": 10000},
        {"any": [{"tag": "assets_halved"}, {"did": "event", "name": "search", "within": 7, "value": 1}]},
        {"not": {"did": "event", "name": "apply_start", "within": 30}},
    ]},
}  # fmt: skip
TAG = {"all": [
    {"feature": "aum_mean_90", "op": ">=", "value": 10000},
    {"feature": "aum", "op": "<", "value": {"feature": "aum_mean_90", "times": 0.5}},
]}  # fmt: skip


def make(folder: Path) -> dict[str, str]:
    """The three tables as Parquet; about 30 event rows per customer over 180 days."""
    rng = np.random.default_rng(20261122)
    n = CUSTOMERS
    ids = np.char.add("C", np.char.zfill(np.arange(n).astype(str), 8))
    born = np.datetime64("1940-01-01") + rng.integers(0, 75 * 365, n)
    cities = np.array(["杭州", "南京", "上海", "成都", "阜阳"])
    money = rng.lognormal(9, 2, n).round(2)
    from liuke.tables import CUSTOMER_SNAPSHOT, EVENT_DAY

    columns: dict[str, Any] = {
        "as_of": np.full(n, np.datetime64(DAY)), "customer_id": ids, "birth_date": born,
        "gender": np.where(rng.random(n) < 0.5, "male", "female"), "branch_id": rng.integers(0, 200, n).astype(str),
        "staff_id": rng.integers(0, 3000, n).astype(str), "city": cities[rng.integers(0, 5, n)],
        "registered_city": cities[rng.integers(0, 5, n)], "opened_on": born, "aum": money, "tier": np.full(n, "none"),
    }  # fmt: skip
    whole = pa.table({k: pa.array(v) for k, v in columns.items()})
    made = [
        whole[f.name].cast(f.type, safe=False) if f.name in columns else pa.nulls(n, f.type)
        for f in CUSTOMER_SNAPSHOT.arrow
    ]
    paths = {name: str(folder / f"{name}.parquet") for name in ("people", "features", "events")}
    pq.write_table(pa.Table.from_arrays(made, names=CUSTOMER_SNAPSHOT.arrow.names), paths["people"])
    numbers = {"aum": money, "aum_mean_90": money * rng.lognormal(0, 0.6, n)}
    numbers |= {f: rng.lognormal(7, 2, n) for f in FEATURES if f not in numbers}
    numbers |= {f"other_{i}": rng.random(n) for i in range(100)}
    pq.write_table(pa.table({"customer_id": ids, **numbers}), paths["features"])
    writer = pq.ParquetWriter(paths["events"], EVENT_DAY.arrow)
    for back in range(180):
        some = np.unique(rng.integers(0, n, n // 6))
        first = datetime.combine(DAY - timedelta(days=back), datetime.min.time(), UTC)
        moments = np.datetime64(first.replace(tzinfo=None), "us") + rng.integers(0, 86_400, len(some)) * 1_000_000
        rows = pa.table(
            {
                "business_date": pa.array(np.full(len(some), np.datetime64(DAY - timedelta(days=back)))),
                "customer_id": ids[some],
                "event_name": NAMES[rng.integers(0, 4, len(some))],
                "events": rng.integers(1, 4, len(some)),
                "first_at": pa.array(moments).cast(EVENT_DAY.arrow.field("first_at").type),
                "last_at": pa.array(moments).cast(EVENT_DAY.arrow.field("last_at").type),
            }
        )
        writer.write_table(rows.cast(EVENT_DAY.arrow))
    writer.close()
    return paths


def ours(paths: dict[str, str]) -> dict[str, Callable[[], int]]:
    """Count and sample by the library, rule text included."""
    from pydantic import TypeAdapter

    from liuke.engine import DuckEngine
    from liuke.govern.access import Scope
    from liuke.insight.rules.data import RuleData
    from liuke.insight.rules.references import Names, resolve
    from liuke.insight.rules.tree import RuleNode
    from liuke.insight.segments.preview import count_and_sample
    from liuke.tables import BRANCH

    engine = DuckEngine(memory_limit_mb=4096, threads=2)
    reader: TypeAdapter[Any] = TypeAdapter(RuleNode)
    names = Names(tags={"assets_halved": reader.validate_python(TAG)})
    data = RuleData(
        day=DAY,
        people=engine.from_parquet(paths["people"]),
        features=engine.from_parquet(paths["features"]),
        facts=lambda name: (_ for _ in ()).throw(AssertionError(f"{name} should come from event_day")),
        branches=engine.from_arrow(BRANCH.arrow.empty_table()),
        event_days=engine.from_parquet(paths["events"]),
    )
    analyst = Scope("bench", "analyst", None)

    def ask(rule: dict[str, Any]) -> int:
        resolved = resolve(reader.validate_python(rule), names)
        found, sample = count_and_sample(engine, resolved, data, analyst)
        if len(sample) != min(found, 20):
            raise SystemExit("the sample is not what the count says")
        return found

    return {name: lambda rule=rule: ask(rule) for name, rule in RULES.items()}  # type: ignore[misc]


def polars(paths: dict[str, str]) -> dict[str, Callable[[], int]]:
    """The same questions in Polars, written by hand; count and the twenty richest."""
    import polars as pl

    people, features, events = (pl.scan_parquet(paths[n]) for n in ("people", "features", "events"))
    month = pl.col("birth_date").dt.month().cast(pl.Int32)  # of 8 bits as it comes
    passed = (month * 100 + pl.col("birth_date").dt.day()) > DAY.month * 100 + DAY.day
    age = DAY.year - pl.col("birth_date").dt.year() - passed.cast(pl.Int32)
    numbers = features.select("customer_id", *(pl.col(f).alias(f"f_{f}") for f in FEATURES))
    halved = (pl.col("f_aum_mean_90") >= 10000) & (pl.col("f_aum") < pl.col("f_aum_mean_90") * 0.5)

    def since(days: int, name: str) -> Any:
        return (pl.col("business_date") > DAY - timedelta(days=days)) & (pl.col("event_name") == name)

    def sums(wanted: dict[str, Any]) -> Any:
        kept = pl.any_horizontal([test for test, _ in wanted.values()])
        return events.filter(kept).group_by("customer_id").agg(
            **{n: how(test) for n, (test, how) in wanted.items()}
        )  # fmt: skip

    view, apply, search = since(30, "view_product"), since(30, "apply_start"), since(7, "search")
    total = lambda test: pl.col("events").filter(test).sum()  # noqa: E731
    browse = sums({
        "n": (view, total), "first": (view, lambda t: pl.col("first_at").filter(t).min()),
        "last": (apply, lambda t: pl.col("last_at").filter(t).max()),
    })  # fmt: skip
    both = sums({"searched": (search, total), "applied": (apply, total)})
    queries = {
        "attribute": people.filter(
            age.is_between(25, 40) & pl.col("city").is_in(["杭州", "南京"]),
            pl.col("registered_city") != pl.col("city"),
        ),
        "feature": people.join(numbers, on="customer_id").filter(
            (pl.col("f_aum") >= 50000) & (pl.col("f_out_amount_30") > pl.col("f_in_amount_30") * 1.5)
        ),
        "tag": people.join(numbers, on="customer_id").filter(halved & ~(age < 18)),
        "event": people.join(browse, on="customer_id").filter(
            (pl.col("n") >= 3) & ~(pl.col("last") >= pl.col("first")).fill_null(value=False)
        ),
        "all_together": people.join(numbers, on="customer_id").join(both, on="customer_id", how="left").filter(
            (age >= 30) & (pl.col("f_aum") >= 10000) & (halved | (pl.col("searched").fill_null(0) >= 1))
            & ~(pl.col("applied").fill_null(0) >= 1)
        ),
    }  # fmt: skip

    def ask(query: Any) -> int:
        shown = ["customer_id", "gender", "branch_id", "staff_id", "opened_on", "aum", "tier"]
        count = query.select(pl.len())
        sample = query.select(shown).sort(["aum", "customer_id"], descending=[True, False]).head(20)
        counted, _ = pl.collect_all([count, sample])
        return int(counted.item())

    return {name: lambda query=query: ask(query) for name, query in queries.items()}  # type: ignore[misc]


def timed(ask: Callable[[], int]) -> tuple[int, list[float]]:
    """The answer and the seconds of each round; the first, cold one is left out."""
    answer, seconds = ask(), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        if ask() != answer:
            raise SystemExit("an answer changed")
        seconds.append(time.perf_counter() - began)
    return answer, seconds


def main() -> None:
    """Makes the tables, asks both, prints one JSON object."""
    about = machine()
    figures: dict[str, Any] = {"customers": CUSTOMERS}
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="liuke-segments-") as folder:
        paths = make(Path(folder))
        asked = {"liuke": ours(paths), "polars": polars(paths)}
        for name in RULES:
            answers = {}
            for peer, questions in asked.items():
                answers[peer], seconds = timed(questions[name])
                low, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
                figures |= {f"{name}_{peer}_p50_ms": round(low * 1000), f"{name}_{peer}_p95_ms": round(high * 1000)}
            if len(set(answers.values())) != 1:
                raise SystemExit(f"{name}: the answers differ: {answers}")
            figures[f"{name}_members"] = answers["liuke"]
            ratios[f"{name}_time_against_polars"] = round(
                figures[f"{name}_liuke_p50_ms"] / max(figures[f"{name}_polars_p50_ms"], 1), 2
            )
            print({k: v for k, v in figures.items() if k.startswith(name)}, flush=True)
    figures["peak_mb"] = peak_memory_mb()
    print(json.dumps({"name": "segments", "ratios": ratios, "figures": figures, "machine": about}))


if __name__ == "__main__":
    main()
