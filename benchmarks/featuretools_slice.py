"""featuretools on a slice of the data of benchmarks/features.py, for reference; runs in an environment of its own.

Usage: python featuretools_slice.py FOLDER CUSTOMERS CUTOFF. Prints one JSON object: seconds, features, customers.
Sums, means, largest, counts, entropies and trends of each account's last 180 days, as deep feature synthesis finds
them: fewer than Liuke's, in windows of one length. featuretools works on pandas 2 and so cannot share the environment.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import featuretools as ft
import pandas as pd
import pyarrow as pa
from pyarrow import parquet


def rows(folder: Path, customers: int) -> pd.DataFrame:
    mine = [("account_id", "<=", f"9001{customers - 1:012d}")]
    columns = ["account_id", "occurred_at", "amount", "channel", "transaction_type", "direction"]
    files = [parquet.read_table(f, columns=columns, filters=mine) for f in sorted(folder.glob("transaction-*.parquet"))]
    frame = pa.concat_tables(files).to_pandas().reset_index(names="id")
    frame["amount"] = frame["amount"].astype(float)
    frame["occurred_at"] = frame["occurred_at"].dt.tz_localize(None).astype("datetime64[ns]")
    return frame


def main(folder: Path, customers: int, cutoff: str) -> None:
    frame = rows(folder, customers)
    began = time.perf_counter()
    entities = ft.EntitySet("bank")
    entities.add_dataframe(
        dataframe_name="moves", dataframe=frame, index="id", time_index="occurred_at",
        logical_types=dict.fromkeys(("channel", "transaction_type", "direction"), "Categorical"),
    )  # fmt: skip
    entities.normalize_dataframe("moves", "accounts", "account_id")
    entities.add_last_time_indexes()
    made, _ = ft.dfs(
        entityset=entities, target_dataframe_name="accounts",
        cutoff_time=pd.Timestamp(cutoff), training_window="180 days",
        agg_primitives=["sum", "mean", "max", "count", "entropy", "trend"], trans_primitives=[], max_depth=1,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "features": made.shape[1], "customers": len(made)}))


main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
