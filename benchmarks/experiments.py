"""An experiment of many metrics read from the lake's files, beside tea-tasting on the same table in DuckDB.

5 million customers, two arms, 20 segments, 100 metrics with a covariate each (money, counts, yes or no). Ours: one pass
for all arms and segments, with marks for missing covariates, then every reading (always-valid, fixed, lift, belief) of
every metric in every segment and overall. tea-tasting: `Mean` with the same covariate. The documented way is one
`Experiment.analyze` for everybody and one per segment; the fastest we found groups its aggregates by arm and segment at
once and adds them up. LIUKE_BENCH_CUSTOMERS and LIUKE_BENCH_METRICS set the size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.machine import machine, peak_memory_mb
from benchmarks.stopwatch import Stopwatch

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "5000000"))
METRICS = int(os.environ.get("LIUKE_BENCH_METRICS", "100"))
SEGMENTS = 20
PART = 250_000


def make(folder: Path) -> dict[str, Any]:
    """Writes the table of units in parts."""
    rng = np.random.default_rng(20261130)
    path = folder / "units.parquet"
    writer = None
    for first in range(0, CUSTOMERS, PART):
        table = part(rng, min(PART, CUSTOMERS - first))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    assert writer
    writer.close()
    return {"file_mb": path.stat().st_size // 2**20}


def part(rng: np.random.Generator, n: int) -> pa.Table:
    """Arm, segment, and per metric y and x: a third money, a third counts, a third yes or no."""
    treated = rng.random(n) < 0.9
    columns: dict[str, pa.Array] = {
        "arm": pa.array(np.where(treated, "treated", "holdout")).dictionary_encode(),
        "segment": pa.array(rng.integers(0, SEGMENTS, n).astype(np.int8)),
    }
    for i in range(METRICS):
        level = rng.standard_normal(n, dtype=np.float32)
        noise = rng.standard_normal(n, dtype=np.float32)
        x, y = level, 0.8 * level + 0.6 * noise + 0.01 * treated
        if i % 3 == 0:
            x, y = (np.round(np.exp(9 + v), 2).astype(np.float64) for v in (x, y))
        elif i % 3 == 1:
            x, y = (np.floor(np.exp(1 + 0.7 * v)).astype(np.int16) for v in (x, y))
        else:
            x, y = ((v > -1).astype(np.int8) for v in (x, y))
        columns[f"x{i}"], columns[f"y{i}"] = pa.array(x), pa.array(y)
    return pa.table(columns)


def ours(folder: Path) -> dict[str, Any]:
    """Sums in one pass, all readings."""
    from liuke.engine import DuckEngine
    from liuke.stats.adjusted import arm_means
    from liuke.stats.reading import read
    from liuke.track.arm_sums import Metric, added, arm_sums

    metrics = [Metric(f"m{i}", f"y{i}", covariates=(f"x{i}",)) for i in range(METRICS)]
    engine = DuckEngine(spill=folder / "spill")
    told = {}
    with Stopwatch() as whole:
        with Stopwatch() as summing:
            sums = arm_sums(engine, engine.from_parquet(str(folder / "units.parquet")), metrics, by=("segment", "arm"))
        for metric in metrics:
            groups = sums[metric.name] | {(None, *key): value for key, value in added(sums[metric.name], (1,)).items()}
            for segment in (None, *range(SEGMENTS)):
                arms = groups[segment, "treated"], groups[segment, "holdout"]
                means = arm_means(*arms, metric.value, metric.adjusting)
                assert means
                told[metric.name, segment] = read(means, planned_units=CUSTOMERS * 0.09)
    engine.close()
    m0 = told["m0", None].fixed
    sums_only = {"sums_seconds": summing.seconds, "sums_cpu_s": summing.cpu}
    return taken(whole, len(told), [m0.estimate, m0.low, m0.high]) | sums_only


def tea_documented(folder: Path, segments: int) -> dict[str, Any]:
    """The same with tea-tasting as its manual says, for everybody (0 segments) or segment by segment."""
    import tea_tasting as tt

    table = tea_table(folder)
    experiment = tt.Experiment({f"m{i}": tt.Mean(f"y{i}", f"x{i}") for i in range(METRICS)})
    readings = 0
    with Stopwatch() as whole:
        for segment in range(segments) if segments else (None,):
            found = experiment.analyze(table if segment is None else table.filter(table.segment == segment))
            readings += len(found)
    return taken(whole, readings, ends(found["m0"]))


def tea_one_pass(folder: Path) -> dict[str, Any]:
    """The same with tea-tasting's aggregates of all arms and segments at once."""
    import tea_tasting as tt
    from tea_tasting.aggr import read_aggregates

    table = tea_table(folder)
    table = table.mutate(group=table.segment.cast("int64") * 2 + table.variant)
    metrics = {f"m{i}": tt.Mean(f"y{i}", f"x{i}") for i in range(METRICS)}
    columns = [column for i in range(METRICS) for column in (f"y{i}", f"x{i}")]
    pairs = [(f"x{i}", f"y{i}") for i in range(METRICS)]
    with Stopwatch() as whole:
        sums = read_aggregates(table, "group", has_count=True, mean_cols=columns, var_cols=columns, cov_cols=pairs)
        arms = [[sums[2 * segment + variant] for variant in (0, 1)] for segment in range(SEGMENTS)]
        everybody = [reduce(lambda a, b: a + b, side) for side in zip(*arms, strict=True)]
        found = [{n: m.analyze_aggregates(*pair) for n, m in metrics.items()} for pair in (everybody, *arms)]
    return taken(whole, METRICS * len(found), ends(found[0]["m0"]))


def tea_table(folder: Path) -> Any:
    """The units as tea-tasting wants them: arms are 0 and 1."""
    import ibis

    table = ibis.duckdb.connect().read_parquet(str(folder / "units.parquet"))
    return table.mutate(variant=(table.arm == "treated").cast("int8"))


def ends(result: Any) -> list[float]:
    """A metric's effect and interval."""
    return [result.effect_size, result.effect_size_ci_lower, result.effect_size_ci_upper]


def taken(watch: Stopwatch, readings: int, first: list[float]) -> dict[str, Any]:
    """What a step reports; first: effect and interval of the first metric."""
    return {
        "seconds": watch.seconds, "cpu_s": watch.cpu, "readings": readings, "peak_mb": peak_memory_mb(), "first": first,
    }  # fmt: skip


def apart(step: str, folder: Path) -> dict[str, Any]:
    """One step in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.experiments", step, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{step} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


STEPS = {
    "make": make,
    "ours": ours,
    "tea_one_pass": tea_one_pass,
    "tea_everybody": lambda folder: tea_documented(folder, 0),
    "tea_segments": lambda folder: tea_documented(folder, SEGMENTS),
}


def main() -> None:
    """Measures and prints one JSON object."""
    with tempfile.TemporaryDirectory(prefix="liuke-experiments-") as name:
        found = {step: apart(step, Path(name)) for step in STEPS}
    figures: dict[str, Any] = {"customers": CUSTOMERS, "metrics": METRICS, "segments": SEGMENTS, **found.pop("make")}
    for step, told in found.items():
        figures |= {f"{step}_{k}": round(v, 1) for k, v in told.items() if isinstance(v, int | float)}
    mine = found["ours"]
    width = mine["first"][2] - mine["first"][1]
    for step in ("tea_one_pass", "tea_everybody"):  # the same effect with the same interval, or the figures say nothing
        apart_by = max(abs(a - b) for a, b in zip(found[step]["first"], mine["first"], strict=True))
        assert apart_by < 0.02 * width, (found[step]["first"], mine["first"])
    by_cpu = {step: told["cpu_s"] / mine["cpu_s"] for step, told in found.items()}
    ratios = {
        "tea_tasting_one_pass_cpu_by_ours": round(by_cpu["tea_one_pass"], 2),
        "tea_tasting_documented_cpu_by_ours": round(by_cpu["tea_everybody"] + by_cpu["tea_segments"], 2),
    }
    print(json.dumps({"name": "experiments", "ratios": ratios, "figures": figures, "machine": machine()}))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]))))
    else:
        main()
