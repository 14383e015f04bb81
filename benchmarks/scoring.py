"""Scoring one million customers with reasons: the product's way against LightGBM called bare in the same run.

LIUKE_BENCH_CUSTOMERS: default 1,000,000. A model is trained on 50,000 rows of a made-up feature table (150 features,
6% lost), then all rows are scored as `liuke run` does: pseudonyms, probabilities, tiers, exact reasons of everybody
with a tier, customer numbers joined back. Beside it: probability, reasons and customer number of every single one;
and bare LightGBM, contributions on a slice and scaled up. CPU seconds depend less on what else runs.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import date
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.machine import machine, peak_memory_mb
from benchmarks.stopwatch import Stopwatch
from liuke.engine import DuckEngine
from liuke.insight.churn.learning.artefact import Artefact, Origin
from liuke.insight.churn.learning.boosting import cores
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.train import train
from liuke.insight.churn.score_policy import ScorePolicy
from liuke.insight.churn.score_rows import Scorer, score_rows
from liuke.insight.churn.scoring import reasons, score
from liuke.insight.churn.training import BANK
from liuke.insight.features.registry import FEATURES

DAY = date(2026, 6, 30)
KEY = "0" * 64
PART = 100_000
EXPLAINED = 4_000
"""Rows on which LightGBM's own contributions are timed; a million would take minutes."""
TARGET = 1_000_000


def part(rng: np.random.Generator, n: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of n customers (skewed, a fifth of them mostly empty) and whether they leave."""
    x = np.exp(rng.normal(size=(n, p)))
    x[:, ::5] *= rng.uniform(size=(n, len(range(0, p, 5)))) < 0.3
    x[:, 3::7][rng.uniform(size=(n, len(range(3, p, 7)))) < 0.4] = np.nan
    push = np.nan_to_num(np.log1p(x[:, :12])) @ np.linspace(1.2, -1.0, 12)
    odds = push + 0.8 * (x[:, 0] > 2) * (x[:, 1] < 1) - 4.0
    return x, (rng.uniform(size=n) < 1 / (1 + np.exp(-odds))).astype(np.int8)


def write(path: Path, customers: int, names: list[str]) -> None:
    """The feature table of the day."""
    rng = np.random.default_rng(1)
    fields = [pa.field("customer_id", pa.string()), *(pa.field(n, pa.float64()) for n in names)]
    with pq.ParquetWriter(path, pa.schema(fields), compression="lz4") as out:
        for first in range(0, customers, PART):
            n = min(PART, customers - first)
            x, _ = part(rng, n, len(names))
            ids = pa.array([f"C{first + i:09}" for i in range(n)])
            out.write_table(pa.table([ids, *(pa.array(c, from_pandas=True) for c in x.T)], schema=pa.schema(fields)))


def main() -> None:
    """Measures and prints one JSON object."""
    customers = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "1000000"))
    names = [n for n, f in FEATURES.items() if f.sensitivity != "protected"][:150]
    x, y = part(np.random.default_rng(2), min(50_000, customers), len(names))
    trained = train(Examples(x, tuple(names), y), None, seed=1, settings=BANK)
    artefact = Artefact(trained.model, Origin("churn", "bench", "-", "-", 1), {}, "-")
    trees = sum(text.count("Tree=") for text in trained.model.members)
    with tempfile.TemporaryDirectory(prefix="liuke-scoring-") as folder:
        path = Path(folder) / "features.parquet"
        write(path, customers, names)
        engine = DuckEngine(spill=Path(folder) / "spill")
        features = engine.from_parquet(str(path))
        standing = features.select("customer_id", at_risk=features[names[0]] > -1, aum=features[names[1]] * 100_000)
        with Stopwatch() as product:
            found = score_rows(
                engine, features, standing, Scorer(artefact, "active", KEY),
                day=DAY, capacity=customers / 400, policy=ScorePolicy(),
            )  # fmt: skip
        explained = engine.count(found.rows.filter(found.rows.reason_1.notnull()))
        with Stopwatch() as everybody:
            score(engine, features, artefact, KEY)
            reasons(engine, features, artefact, KEY)
        engine.close()
    slice_x, _ = part(np.random.default_rng(3), 50_000, len(names))
    boosters = [lgb.Booster(model_str=text) for text in trained.model.members]
    with Stopwatch() as bare:
        for booster in boosters:
            booster.predict(slice_x, raw_score=True, num_threads=cores())
    with Stopwatch() as bare_reasons:
        for booster in boosters:
            booster.predict(slice_x[:EXPLAINED], pred_contrib=True, num_threads=cores())
    with Stopwatch() as ours:
        trained.model.column_contributions(slice_x)
    per_million = {"predict": bare.seconds * 20, "contributions": bare_reasons.seconds * 1_000_000 / EXPLAINED}
    figures = {
        "customers": customers,
        "features": len(names),
        "trees": trees,
        "product_s": round(product.seconds, 1),
        "product_cpu_s": round(product.cpu, 1),
        "customers_per_minute": round(customers / product.seconds * 60),
        "explained": explained,
        "reasons_of_everybody_s": round(everybody.seconds, 1),
        "reasons_of_everybody_cpu_s": round(everybody.cpu, 1),
        "everybody_per_minute": round(customers / everybody.seconds * 60),
        "contributions_s_per_million": round(ours.seconds * 20, 1),
        "lightgbm_predict_s_per_million": round(per_million["predict"], 1),
        "lightgbm_contributions_s_per_million": round(per_million["contributions"], 1),
        "peak_mb": peak_memory_mb(),
    }
    ratios = {
        "customers_per_minute_to_target_1M": round(customers / product.seconds * 60 / TARGET, 2),
        "everybody_per_minute_to_target_1M": round(customers / everybody.seconds * 60 / TARGET, 2),
        "contributions_faster_than_lightgbm": round(per_million["contributions"] / (ours.seconds * 20), 1),
    }
    sys.stdout.write(json.dumps({"ratios": ratios, "figures": figures, "machine": machine()}) + "\n")


if __name__ == "__main__":
    main()
