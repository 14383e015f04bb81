"""Live count and sample of segments on one million customers, against Polars on the same Parquet files.

A lake as the daily run leaves it: customer_snapshot, event_day (events per customer, day and name, 180 days), and the
facts themselves: app events with properties (two months), transactions of accounts (three months, 14 a month and
customer), complaints, contacts; beside it a wide table of features. Rules over attributes, features, a tag, events,
events by a property, transactions, complaints and contacts, and several of these. LIUKE_BENCH_CUSTOMERS sets the size
(default 1,000,000; making the lake takes some minutes), LIUKE_BENCH_ROUNDS the repetitions (default 15),
LIUKE_BENCH_FOLDER a folder to make the data in and to find them again. Each answer is a count and a sample of twenty;
ours includes reading the rule, looking at the lake's versions and compiling. As in the console, the engine stays open,
with the snapshot and the owners of accounts in it. Polars' lazy frames are written by hand for the same question, and
the counts must be equal. CPU seconds stand beside the wall time: they tell more where other work is going on.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, peak_memory_mb
from benchmarks.segment_bank import CUSTOMERS, DAY, FEATURES, ZONE, make
from liuke.clock import AsOf
from liuke.lake import Lake
from liuke.tables import ACCOUNT, COMPLAINT, CONTACT, CONTRACTS, CUSTOMER_SNAPSHOT, EVENT, EVENT_DAY, TRANSACTION, Table

ROUNDS = int(os.environ.get("LIUKE_BENCH_ROUNDS", "15"))

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
    "property": {"did": "event", "name": "view_product", "within": 14, "value": 2,
                 "where": {"property": "category", "value": "wealth"}},
    "transaction": {"did": "transaction", "within": 30, "where": {"column": "initiator", "value": "customer"},
                    "measure": "sum", "of": "amount", "value": 5000},
    "silence": {"did": "transaction", "within": 90, "where": {"column": "initiator", "value": "customer"},
                "op": "<", "value": 3},
    "complaint": {"all": [{"did": "complaint", "within": 60},
                          {"did": "contact", "within": 30, "where": {"column": "result", "value": "reached"},
                           "op": "==", "value": 0}]},
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


def ours(lake: Lake, features: str) -> dict[str, Callable[[], int]]:
    """Count and sample by the library, rule text included."""
    import ibis.expr.types as ir
    from pydantic import TypeAdapter

    from liuke.engine import DuckEngine
    from liuke.govern.access import Scope
    from liuke.insight.known import BankTables, bank_tables
    from liuke.insight.rules.references import Names, resolve
    from liuke.insight.rules.tree import RuleNode
    from liuke.insight.segments.live import live_data
    from liuke.insight.segments.preview import count_and_sample

    engine = DuckEngine(memory_limit_mb=4096, threads=2)
    reader: TypeAdapter[Any] = TypeAdapter(RuleNode)
    names = Names(tags={"assets_halved": reader.validate_python(TAG)})
    numbers = engine.from_parquet(features)
    analyst = Scope("bench", "analyst", None)
    kept: dict[str, ir.Table] = {}
    known: dict[object, BankTables] = {}

    def keep(name: str, _table: Table, made: Callable[[], ir.Table]) -> ir.Table:
        if name not in kept:
            kept[name] = engine.materialise(made())
        return kept[name]

    def ask(rule: dict[str, Any]) -> int:
        resolved = resolve(reader.validate_python(rule), names)
        day, versions = AsOf.end_of(DAY, ZONE), tuple(lake.version(table) for table in CONTRACTS.values())
        if versions not in known:
            known[versions] = bank_tables(lake, engine, day, ZONE)
        data = live_data(lake, engine, day, ZONE, [resolved], features=numbers, tables=known[versions], keep=keep)
        found, sample = count_and_sample(engine, resolved, data, analyst)
        if len(sample) != min(found, 20):
            raise SystemExit("the sample is not what the count says")
        return found

    return {name: lambda rule=rule: ask(rule) for name, rule in RULES.items()}  # type: ignore[misc]


def polars(lake: Lake, feature_file: str) -> dict[str, Callable[[], int]]:
    """The same questions in Polars, written by hand; count and the twenty richest."""
    import polars as pl

    def table(which: Table) -> Any:
        return pl.scan_parquet(lake.files(which))

    people, events, features = table(CUSTOMER_SNAPSHOT), table(EVENT_DAY), pl.scan_parquet(feature_file)
    month = pl.col("birth_date").dt.month().cast(pl.Int32)  # of 8 bits as it comes
    passed = (month * 100 + pl.col("birth_date").dt.day()) > DAY.month * 100 + DAY.day
    age = DAY.year - pl.col("birth_date").dt.year() - passed.cast(pl.Int32)
    numbers = features.select("customer_id", *(pl.col(f).alias(f"f_{f}") for f in FEATURES))
    halved = (pl.col("f_aum_mean_90") >= 10000) & (pl.col("f_aum") < pl.col("f_aum_mean_90") * 0.5)
    known = pl.col("ingested_at") <= AsOf.end_of(DAY, ZONE).known_by

    def newest(which: Table) -> Any:
        """The newest version of each key, as the lake's tables of versions want it."""
        rows = table(which).filter(known).sort("ingested_at", "batch_id", "line")
        return rows.unique(subset=list(which.key), keep="last")

    def within(days: int) -> Any:
        return pl.col("business_date") > DAY - timedelta(days=days)

    def since(days: int, name: str) -> Any:
        return within(days) & (pl.col("event_name") == name)

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
    wealth = table(EVENT).filter(
        known & since(14, "view_product") & (pl.col("properties").str.json_path_match("$.category") == "wealth")
    ).group_by("customer_id").agg(n=pl.len())  # fmt: skip
    owners = newest(ACCOUNT).select("account_id", "customer_id")

    def moves(days: int) -> Any:
        mine = table(TRANSACTION).filter(known & within(days) & (pl.col("initiator") == "customer"))
        per_account = mine.group_by("account_id").agg(n=pl.len(), amount=pl.col("amount").sum())
        held = per_account.join(owners, on="account_id")
        return held.group_by("customer_id").agg(n=pl.col("n").sum(), amount=pl.col("amount").sum())

    cried = newest(COMPLAINT).filter(within(60)).group_by("customer_id").agg(n=pl.len())
    reached = table(CONTACT).filter(known & within(30) & (pl.col("result") == "reached")).select("customer_id")
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
        "property": people.join(wealth, on="customer_id").filter(pl.col("n") >= 2),
        "transaction": people.join(moves(30), on="customer_id").filter(pl.col("amount") >= 5000),
        "silence": people.join(moves(90), on="customer_id", how="left").filter(pl.col("n").fill_null(0) < 3),
        "complaint": people.join(cried, on="customer_id").join(reached, on="customer_id", how="anti"),
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


def timed(ask: Callable[[], int]) -> tuple[int, list[float], float]:
    """The answer, the wall seconds of each round, and the mean CPU seconds; the first, cold round is left out."""
    answer, seconds = ask(), []
    used = time.process_time()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        if ask() != answer:
            raise SystemExit("an answer changed")
        seconds.append(time.perf_counter() - began)
    return answer, seconds, (time.process_time() - used) / ROUNDS


def main() -> None:
    """Makes the tables, asks both, prints one JSON object."""
    about = machine()
    figures: dict[str, Any] = {"customers": CUSTOMERS}
    ratios: dict[str, float] = {}
    given = os.environ.get("LIUKE_BENCH_FOLDER")
    with tempfile.TemporaryDirectory(prefix="liuke-segments-") as made:
        folder = Path(given or made)
        folder.mkdir(parents=True, exist_ok=True)
        data = make(folder)
        asked = {"liuke": ours(*data), "polars": polars(*data)}
        for name in RULES:
            answers = {}
            for peer, questions in asked.items():
                answers[peer], seconds, cpu = timed(questions[name])
                low, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
                figures |= {f"{name}_{peer}_p50_ms": round(low * 1000), f"{name}_{peer}_p95_ms": round(high * 1000)}
                figures[f"{name}_{peer}_cpu_ms"] = round(cpu * 1000)
            if len(set(answers.values())) != 1:
                raise SystemExit(f"{name}: the answers differ: {answers}")
            figures[f"{name}_members"] = answers["liuke"]
            for unit in ("p50", "cpu"):
                ratios[f"{name}_{unit}_against_polars"] = round(
                    figures[f"{name}_liuke_{unit}_ms"] / max(figures[f"{name}_polars_{unit}_ms"], 1), 2
                )
            print({k: v for k, v in figures.items() if k.startswith(name)}, flush=True)
    figures["peak_mb"] = peak_memory_mb()
    print(json.dumps({"name": "segments", "ratios": ratios, "figures": figures, "machine": about}))


if __name__ == "__main__":
    main()
