"""The peers of benchmarks/features.py: the same features in Polars and PySpark, written as their users would.

Measures and features are SQL that both understand; what differs is how each adds them up.
"""

from __future__ import annotations

import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

WINDOWS, LONG = (7, 30, 90, 180), (30, 90, 180)
CHANNELS = ("app", "web", "branch", "atm", "pos", "phone")
TYPES = ("transfer", "cash", "card", "repayment", "wealth", "bill")
OUT_TYPES = ("transfer", "cash", "card", "wealth", "repayment")


def conditions() -> dict[str, str]:
    """Counters: name → condition."""
    made = {
        "count": "amount IS NOT NULL",
        "own_count": "initiator = 'customer'",
        "in_count": "direction = 'in'",
        "out_count": "direction = 'out'",
        "night": "initiator = 'customer' AND is_night",
        "weekend": "initiator = 'customer' AND is_weekend",
    }
    made |= {f"channel_{c}": f"initiator = 'customer' AND channel = '{c}'" for c in CHANNELS}
    return made | {f"type_{t}": f"transaction_type = '{t}'" for t in TYPES}


def amounts() -> dict[str, str]:
    """Sums: name → value."""
    from liuke.insight.features.moves import CATEGORIES

    def where(condition: str, value: str = "amount") -> str:
        return f"CASE WHEN {condition} THEN {value} ELSE 0.0 END"

    made = {
        "in_amount": where("direction = 'in'"),
        "out_amount": where("direction = 'out'"),
        "own_dated": where("initiator = 'customer'", "d"),
        "in_dated": where("direction = 'in'", "amount * d"),
        "out_dated": where("direction = 'out'", "amount * d"),
        "fees": where("direction = 'out' AND transaction_type = 'fee'"),
    }
    made |= {f"out_{t}": where(f"direction = 'out' AND transaction_type = '{t}'") for t in OUT_TYPES}
    for code, (words, _) in CATEGORIES.items():
        listed = ", ".join(f"'{w}'" for w in words)
        made[f"spent_{code}"] = where(f"direction = 'out' AND merchant_category IN ({listed})")
    return made


def largest() -> dict[str, str]:
    """Maxima: name → value."""
    return {
        "in_max": "CASE WHEN direction = 'in' THEN amount END",
        "out_max": "CASE WHEN direction = 'out' THEN amount END",
        "own_last": "CASE WHEN initiator = 'customer' THEN d END",
        "in_last": "CASE WHEN direction = 'in' THEN d END",
        "out_last": "CASE WHEN direction = 'out' THEN d END",
        "own_back": "CASE WHEN initiator = 'customer' THEN -d END",
    }


OWN_DAY = "CASE WHEN initiator = 'customer' THEN d END"


def features() -> dict[str, str]:
    """Feature → SQL over `measure_window`."""

    def share(part: str, whole: str) -> str:
        return f"CASE WHEN ({whole}) > 0 THEN ({part}) / ({whole}) END"

    made: dict[str, str] = {}
    for w in WINDOWS:
        made |= {f"{n}_{w}": f"{n}_{w}" for n in ("own_count", "in_count", "out_count", "own_days")}
        made |= {f"{n}_{w}": f"{n}_{w}" for n in ("in_amount", "out_amount")}
        made[f"tx_count_{w}"] = f"count_{w}"
        made[f"net_amount_{w}"] = f"in_amount_{w} - out_amount_{w}"
        made[f"out_share_{w}"] = share(f"out_amount_{w}", f"in_amount_{w} + out_amount_{w}")
    for w in LONG:
        for side in ("in", "out"):
            made[f"{side}_max_{w}"] = f"{side}_max_{w}"
            made[f"{side}_mean_{w}"] = share(f"{side}_amount_{w}", f"{side}_count_{w}")
            made[f"{side}_amount_slope_{w}"] = slope(f"{side}_amount_{w}", f"{side}_dated_{w}", w)
        made[f"own_count_slope_{w}"] = slope(f"own_count_{w}", f"own_dated_{w}", w)
        made |= {f"{n}_share_{w}": share(f"{n}_{w}", f"own_count_{w}") for n in ("night", "weekend")}
        made |= {f"{c}_count_{w}": f"channel_{c}_{w}" for c in CHANNELS}
        made |= {f"{t}_count_{w}": f"type_{t}_{w}" for t in TYPES}
        made |= {f"{t}_out_{w}": f"out_{t}_{w}" for t in OUT_TYPES}
        made[f"fees_{w}"] = f"fees_{w}"
    for code in (n.removeprefix("spent_") for n in amounts() if n.startswith("spent_")):
        made |= {f"spent_{code}_{w}": f"spent_{code}_{w}" for w in (30, 90)}
    for w in (90, 180):
        made[f"channel_entropy_{w}"] = entropy([f"channel_{c}_{w}" for c in CHANNELS])
        made[f"type_entropy_{w}"] = entropy([f"type_{t}_{w}" for t in TYPES])
        made[f"gap_mean_{w}"] = share(f"own_last_{w} + own_back_{w}", f"own_days_{w} - 1")
    made["spending_entropy_90"] = entropy([f"{n}_90" for n in amounts() if n.startswith("spent_")])
    for name, last in (("active", "own_last"), ("in", "in_last"), ("out", "out_last")):
        made[f"days_since_{name}"] = f"-{last}_180"
    for short, long in ((7, 30), (30, 90), (30, 180)):
        for name in ("own_count", "in_amount", "out_amount"):
            made[f"{name}_{short}_to_{long}"] = share(f"{name}_{short} / {short}.0", f"{name}_{long} / {long}.0")
    return made


def slope(total: str, dated: str, w: int) -> str:
    return f"({dated} + {(w - 1) / 2} * {total}) / {w * (w * w - 1) / 12}"


def entropy(names: list[str]) -> str:
    whole = " + ".join(names)
    terms = " + ".join(f"CASE WHEN {n} > 0 THEN -({n} / ({whole})) * LN({n} / ({whole})) ELSE 0.0 END" for n in names)
    return f"CASE WHEN ({whole}) > 0 THEN {terms} END"


def _zero(name: str) -> bool:
    return not any(name.startswith(n) for n in largest())


def peer_polars(folder: Path, day: date) -> float:
    """Streaming engine; seconds. Adds up per customer and interval between window borders first."""
    import polars as pl

    began = time.perf_counter()
    moves = pl.scan_parquet(folder / "transaction-*.parquet")
    known = pl.lit(day + timedelta(days=1)).cast(pl.Datetime("us", "UTC")) + pl.duration(hours=1)
    moves = moves.filter(pl.col("business_date") > day - timedelta(days=180), pl.col("business_date") <= day)
    moves = moves.filter(pl.col("ingested_at") <= known)
    hour = pl.col("occurred_at").dt.convert_time_zone("Asia/Shanghai").dt.hour()
    back = (pl.col("business_date") - day).dt.total_days()
    moves = moves.with_columns(
        amount=pl.col("amount").cast(pl.Float64), d=back.cast(pl.Float64), is_night=(hour < 6) | (hour >= 22),
        is_weekend=pl.col("business_date").dt.weekday() >= 6,
        k=pl.when(back > -7).then(7).when(back > -30).then(30).when(back > -90).then(90).otherwise(180).cast(pl.Int16),
    )  # fmt: skip
    moves = moves.join(pl.scan_parquet(folder / "account.parquet").select("account_id", "customer_id"), on="account_id")
    first = [pl.sql_expr(c).sum().alias(n) for n, c in conditions().items()]
    first += [pl.sql_expr(v).sum().alias(n) for n, v in amounts().items()]
    first += [pl.sql_expr(v).max().alias(n) for n, v in largest().items()]
    first.append(pl.sql_expr(OWN_DAY).drop_nulls().n_unique().alias("own_days"))
    parts = moves.group_by("customer_id", "k").agg(first)
    second = []
    for w in WINDOWS:
        inside = pl.col("k") <= w
        for name in (*conditions(), *amounts(), "own_days"):
            second.append(pl.when(inside).then(pl.col(name)).otherwise(0).sum().cast(pl.Float64).alias(f"{name}_{w}"))
        second += [pl.when(inside).then(pl.col(n)).max().alias(f"{n}_{w}") for n in largest()]
    sums = parts.group_by("customer_id").agg(second)
    people = pl.scan_parquet(folder / "customer.parquet").select("customer_id").join(sums, "customer_id", how="left")
    zeros = [pl.col(n).fill_null(0.0) for n in sums.collect_schema().names() if n != "customer_id" and _zero(n)]
    made = people.with_columns(zeros).select("customer_id", **{n: pl.sql_expr(f) for n, f in features().items()})
    found = made.collect(engine="streaming")
    seconds = time.perf_counter() - began
    found.write_parquet(folder / "polars.parquet")
    return seconds


def peer_spark(folder: Path, day: date) -> float:
    """Local mode on two cores; seconds, writing the result included and the start of the session not."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    spark = (
        SparkSession.builder.master("local[2]").appName("features")
        .config("spark.driver.memory", os.environ.get("LIUKE_BENCH_SPARK_MEMORY", "5g"))
        .config("spark.sql.shuffle.partitions", "16").config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false").config("spark.local.dir", str(folder)).getOrCreate()
    )  # fmt: skip
    spark.sparkContext.setLogLevel("ERROR")
    began = time.perf_counter()
    moves = spark.read.parquet(str(folder / "transaction-*.parquet"))
    moves = moves.filter(f"business_date > date'{day - timedelta(days=180)}' AND business_date <= date'{day}'")
    moves = moves.filter(f"ingested_at <= timestamp'{day + timedelta(days=1)} 01:00:00'")
    hour = f.hour(f.from_utc_timestamp("occurred_at", "Asia/Shanghai"))
    moves = moves.withColumns(
        {
            "amount": f.col("amount").cast("double"),
            "d": f.datediff("business_date", f.lit(day)).cast("double"),
            "is_night": (hour < 6) | (hour >= 22),
            "is_weekend": f.weekday("business_date") >= 5,
        }
    )
    accounts = spark.read.parquet(str(folder / "account.parquet")).select("account_id", "customer_id")
    sums = moves.join(accounts, "account_id").groupBy("customer_id").agg(*_spark_sums(f))
    people = spark.read.parquet(str(folder / "customer.parquet")).select("customer_id")
    zeros = {n: 0.0 for n in sums.columns if n != "customer_id" and _zero(n)}
    whole = people.join(sums, "customer_id", "left").fillna(zeros)
    made = whole.select("customer_id", *(f.expr(sql).cast("double").alias(n) for n, sql in features().items()))
    made.write.mode("overwrite").parquet(str(folder / "spark_out"))
    seconds = time.perf_counter() - began
    _as_one_file(folder)
    spark.stop()
    return seconds


def _spark_sums(f: Any) -> list[Any]:
    made = []
    for w in WINDOWS:
        inside = f"d > -{w}"
        for name, condition in conditions().items():
            made.append(f.expr(f"sum(CASE WHEN {inside} AND {condition} THEN 1D ELSE 0D END)").alias(f"{name}_{w}"))
        for name, value in amounts().items():
            made.append(f.expr(f"sum(CASE WHEN {inside} THEN {value} ELSE 0D END)").alias(f"{name}_{w}"))
        for name, value in largest().items():
            made.append(f.expr(f"max(CASE WHEN {inside} THEN {value} END)").alias(f"{name}_{w}"))
        days = f"size(collect_set(CASE WHEN {inside} THEN {OWN_DAY} END))"
        made.append(f.expr(days).cast("double").alias(f"own_days_{w}"))
    return made


def _as_one_file(folder: Path) -> None:
    import polars as pl

    pl.scan_parquet(folder / "spark_out" / "*.parquet").sink_parquet(folder / "spark.parquet")
