"""Deciding for a million customers with thirty candidates each, and for one customer at a time.

Batch: candidates (offers × customers with their value parts and what the gates said) lie in Parquet. They are
arbitrated (desks, budgets, exploration, hold-outs) and every candidate's fate is written to Parquet. What the gates
cost is not in: their answers are made up. The peer is Polars, by hand, on the same file: the same values, the best of
each customer, the best of each desk, fates written; without exploration and hold-outs, so ours is run once more
without them, and both must reach the same sum. A naive loop over customers in Python is timed on a sample.
One customer: LIUKE_BENCH_RATE decisions a second (default 200) for LIUKE_BENCH_SECONDS (default 20) arrive on time,
whatever the others do; the time of each counts from its arrival. LIUKE_BENCH_CUSTOMERS sets the size.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from benchmarks.machine import machine, peak_memory_mb

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "1000000"))
RATE = int(os.environ.get("LIUKE_BENCH_RATE", "200"))
SECONDS = int(os.environ.get("LIUKE_BENCH_SECONDS", "20"))
OFFERS = 30
PER_DESK = 330
DAY = date(2026, 6, 30)
SAMPLE = 2_000
DRAW = "((hash(i, {n}) >> 11)::DOUBLE / 9007199254740992)"

PEOPLE = """SELECT 'C' || lpad(i::VARCHAR, 8, '0') AS customer_id, 'S:' || (i // {per}) AS desk,
  {u1} < 0.01 AS automated_off, exp(6 + 1.5 * ({u2} + {u3} + {u4} - 1.5)) AS worth, 0.3 * {u5} * {u5} AS chance
  FROM range({n}) r(i)"""
OFFER = """SELECT o, 'offer_' || lpad(o::VARCHAR, 2, '0') AS treatment,
  ['push','sms','phone','wecom','push','email'][1 + o % 6] AS channel, 0.4 + o / 25 AS strength, o % 4 + 1 AS price
  FROM range({offers}) r(o)"""
CANDIDATES = """SELECT customer_id, treatment, 'offer' AS source, treatment AS source_id,
  'theme_' || (o % 7) AS theme, 'marketing' AS message_class, channel, treatment AS offer_id,
  NULL::VARCHAR AS terms_of, NULL::DOUBLE AS benefit_amount, u > 0.05 AS eligible, u > 0.15 AS applicable,
  CASE WHEN v < 0.2 THEN 'consent' WHEN v < 0.3 THEN 'frequency' WHEN v < 0.33 THEN 'suitability' END AS gate,
  CASE WHEN o < 10 THEN (chance * strength * (0.5 + w) * 0.3)::DOUBLE END AS uplift,
  CASE WHEN o < 10 THEN 40 + 20 * o END::BIGINT AS uplift_n,
  (chance * strength * 0.15)::DOUBLE AS propensity, worth AS value_kept,
  (0.5 + w)::DOUBLE AS context, CASE channel WHEN 'phone' THEN 30.0
  WHEN 'wecom' THEN 6.0 ELSE price * 0.1 END::DOUBLE AS cost,
  2.0::DOUBLE * (u * 3)::INT AS fatigue, 'x_' || treatment AS experiment,
  0.1::DOUBLE AS holdout_share
  FROM (SELECT *, (hash(customer_id, o, 1) % 1000000) / 1e6 AS u, (hash(customer_id, o, 2) % 1000000) / 1e6 AS v,
    (hash(customer_id, o, 3) % 1000000) / 1e6 AS w FROM people CROSS JOIN offers)"""


def make(folder: Path) -> tuple[Path, Path]:
    """Candidates and people as Parquet; the same size gives the same rows."""
    candidates, people = folder / "candidates.parquet", folder / "people.parquet"
    draws = {f"u{n}": DRAW.format(n=n) for n in range(1, 6)}
    with duckdb.connect(config={"memory_limit": "3GB", "threads": 2, "temp_directory": str(folder / "spill")}) as con:
        con.execute("CREATE TABLE people AS " + PEOPLE.format(n=CUSTOMERS, per=PER_DESK, **draws))
        con.execute("CREATE TABLE offers AS " + OFFER.format(offers=OFFERS))
        con.execute(f"COPY people TO '{people}' (FORMAT parquet)")
        con.execute(f"COPY ({CANDIDATES}) TO '{candidates}' (FORMAT parquet, COMPRESSION lz4)")
    return candidates, people


def policy(*, plain: bool) -> Any:
    from liuke.act.arbitrate.lever_policy import Exploration, GlobalHoldout, Lever, LeverPolicy

    lever = Lever(factor=1.2, theme="theme_3", reason="benchmark")
    if plain:
        return LeverPolicy(levers=(lever,), exploration=Exploration(share=0.0), effort={"phone": 1, "wecom": 1})
    held, budget = GlobalHoldout(share=0.02), {"sms": CUSTOMERS // 10}
    return LeverPolicy(levers=(lever,), global_holdout=held, effort={"phone": 2, "wecom": 1}, budgets=budget)


def batch(candidates: Path, people: Path, folder: Path, *, plain: bool) -> dict[str, Any]:
    """Arbitrates and writes the fates; figures."""
    from liuke.act.arbitrate.arbitrate import arbitrate
    from liuke.engine import DuckEngine

    engine = DuckEngine(memory_limit_mb=4096, threads=2, spill=folder / "spill")
    began, used = time.perf_counter(), time.process_time()
    who = engine.from_parquet(str(people)).select("customer_id", "desk", "automated_off")
    desks = who.select("desk").distinct().mutate(capacity=20)
    made = arbitrate(engine, engine.from_parquet(str(candidates)), who, desks, policy(plain=plain), DAY, "bench")
    middle = time.perf_counter()
    fates = engine.store(made.fates, str(folder / f"fates_{plain}.parquet"))
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    counted = {r["fate"]: r["n"] for r in engine.arrow(fates.group_by("fate").aggregate(n=fates.count())).to_pylist()}
    if sum(counted.values()) != CUSTOMERS * OFFERS:
        raise SystemExit("a candidate has no fate")
    engine.close()
    return {
        "seconds": round(wall, 1), "cpu_seconds": round(cpu, 1), "writing_seconds": round(wall - (middle - began), 1),
        "chosen": counted.get("chosen", 0), "reached": made.reached, "gap": made.gap,
        "exact_desks": sum(made.loads["exact"].to_pylist()), "desks": made.loads.num_rows,
    }  # fmt: skip


def polars(candidates: Path, people: Path, folder: Path) -> dict[str, Any]:
    """The plain decision by hand in Polars; figures."""
    import polars as pl

    began, used = time.perf_counter(), time.process_time()
    enough = (pl.col("uplift_n") >= 100).fill_null(value=False) & pl.col("uplift").is_not_null()
    chance = pl.when(enough).then("uplift").otherwise("propensity")
    lever = pl.when(pl.col("theme") == "theme_3").then(1.2).otherwise(1.0)
    rows = pl.scan_parquet(candidates).with_columns(
        (
            chance * pl.col("value_kept") * pl.col("context").clip(0, 3) * lever - pl.col("cost") - pl.col("fatigue")
        ).alias("eiv"),
        pl.col("channel").is_in(["phone", "wecom"]).alias("order"),
        (pl.col("eligible") & pl.col("applicable") & pl.col("gate").is_null()).alias("open"),
    )
    worth = rows.filter(pl.col("open") & (pl.col("eiv") > 0))
    best = worth.group_by("customer_id").agg(
        pl.col("eiv").filter(~pl.col("order")).max().fill_null(0.0).alias("message"),
        pl.col("eiv").filter(pl.col("order")).max().alias("call"),
    )
    who = pl.scan_parquet(people).filter(~pl.col("automated_off")).select("customer_id", "desk")
    waiting = (
        best.join(who, on="customer_id").with_columns((pl.col("call") - pl.col("message")).alias("gain")).collect()
    )
    ranked = waiting.with_columns(pl.col("gain").rank("ordinal", descending=True).over("desk").alias("place"))
    called = (pl.col("gain") > 0).fill_null(value=False) & (pl.col("place") <= 20)
    won = ranked.with_columns(pl.when(called).then("call").otherwise("message").alias("won"))
    told = rows.join(won.lazy().select("customer_id", "won"), on="customer_id", how="left").with_columns(
        pl.when(~pl.col("open")).then(pl.lit("gated")).when(pl.col("eiv") <= 0).then(pl.lit("not_worth"))
        .when(pl.col("eiv") == pl.col("won")).then(pl.lit("chosen"))
        .when(pl.col("eiv") < pl.col("won")).then(pl.lit("beaten")).otherwise(pl.lit("capacity")).alias("fate")
    )  # fmt: skip
    told.sink_parquet(folder / "polars.parquet", compression="lz4")
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    return {"seconds": round(wall, 1), "cpu_seconds": round(cpu, 1), "reached": float(won["won"].sum())}


def loop(candidates: Path) -> float:
    """Seconds per customer of the plain value and choice in a Python loop, without desks and fates."""
    rows = pq.ParquetFile(candidates).read_row_group(0).slice(0, SAMPLE * OFFERS).to_pylist()
    began = time.perf_counter()
    mine: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        mine[row["customer_id"]].append(row)
    for options in mine.values():
        worth = []
        for row in options:
            if row["eligible"] and row["applicable"] and row["gate"] is None:
                known = row["uplift"] is not None and row["uplift_n"] >= 100
                lever = 1.2 if row["theme"] == "theme_3" else 1.0
                chance = row["uplift"] if known else row["propensity"]
                worth.append(
                    (
                        chance * row["value_kept"] * row["context"] * lever - row["cost"] - row["fatigue"],
                        row["treatment"],
                    )
                )
        max(worth, default=None)
    return (time.perf_counter() - began) / len(mine)


def one_at_a_time(candidates: Path, people: Path, folder: Path) -> dict[str, Any]:
    """Decisions that arrive at a fixed rate: milliseconds from arrival to answer."""
    from liuke.act.arbitrate.one import Market, Place, chooser, shelf
    from liuke.engine import DuckEngine

    engine = DuckEngine(memory_limit_mb=4096, threads=1, spill=folder / "spill")
    rules = policy(plain=False)
    who = engine.from_parquet(str(people)).select("customer_id", "desk", "automated_off")
    some = engine.from_parquet(str(candidates)).filter(lambda t: t.customer_id < f"C{min(CUSTOMERS, 200_000):08d}")
    kept = engine.materialise(shelf(some, who, rules, DAY).order_by("customer_id"))
    choose = chooser(engine, kept, rules, "bench")
    market = Market({f"S:{n}": Place(5, 40.0) for n in range(CUSTOMERS // PER_DESK + 1)}, {"sms": 1.5})
    asked = [f"C{n * 7919 % min(CUSTOMERS, 200_000):08d}" for n in range(RATE * SECONDS)]
    for name in asked[:50]:
        choose(name, market)
    took = [0.0] * len(asked)
    start = time.perf_counter() + 0.1
    used = time.process_time()

    def answer(at: int) -> None:
        choose(asked[at], market)
        took[at] = time.perf_counter() - (start + at / RATE)

    with ThreadPoolExecutor(4) as pool:
        for at in range(len(asked)):
            time.sleep(max(start + at / RATE - time.perf_counter(), 0))
            pool.submit(answer, at)
    cpu = (time.process_time() - used) / len(asked)
    engine.close()
    ms = sorted(1000 * t for t in took)
    return {
        "decisions": len(ms), "per_second": RATE, "p50_ms": round(statistics.median(ms), 1),
        "p99_ms": round(ms[int(0.99 * len(ms))], 1), "worst_ms": round(ms[-1], 1), "cpu_ms": round(1000 * cpu, 2),
        "customers_kept": min(CUSTOMERS, 200_000),
    }  # fmt: skip


def main() -> None:
    """Makes the candidates, decides, prints one JSON object."""
    about = machine()
    with tempfile.TemporaryDirectory(prefix="liuke-decide-", dir=os.environ.get("LIUKE_BENCH_FOLDER")) as made:
        folder = Path(made)
        data = make(folder)
        figures: dict[str, Any] = {"customers": CUSTOMERS, "offers": OFFERS, "gates": "made up, not computed"}
        print("made", flush=True)
        for name, how in (("liuke", False), ("liuke_plain", True)):
            figures[name] = batch(*data, folder, plain=how)
            print(name, figures[name], flush=True)
        figures["polars_plain"] = polars(*data, folder)
        print("polars", figures["polars_plain"], flush=True)
        ours, theirs = figures["liuke_plain"]["reached"], figures["polars_plain"]["reached"]
        if abs(ours - theirs) > 1e-6 * theirs:
            raise SystemExit(f"the answers differ: {ours} and {theirs}")
        figures["loop_seconds_for_all"] = round(loop(data[0]) * CUSTOMERS, 1)
        figures["one"] = one_at_a_time(*data, folder)
        print("one", figures["one"], flush=True)
    figures["peak_mb"] = peak_memory_mb()
    ratios = {
        "wall_against_polars": round(figures["liuke_plain"]["seconds"] / figures["polars_plain"]["seconds"], 2),
        "cpu_against_polars": round(figures["liuke_plain"]["cpu_seconds"] / figures["polars_plain"]["cpu_seconds"], 2),
        "gap_to_bound": figures["liuke"]["gap"],
    }
    print(json.dumps({"name": "decide", "ratios": ratios, "figures": figures, "machine": about}))


if __name__ == "__main__":
    main()
