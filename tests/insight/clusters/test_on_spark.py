"""A day's clusters are the same on both engines."""

import math
from pathlib import Path
from typing import Any

import pytest

from liuke.engine import DuckEngine, Engine
from liuke.insight.clusters.day import cluster_day
from liuke.insight.clusters.model import ClusterModel, learn_clusters
from liuke.lake import Lake
from liuke.tables import CLUSTER_MEAN, CLUSTER_SIZE, CUSTOMER_CLUSTER
from tests.insight.clusters.test_day import facts
from tests.insight.clusters.test_model import DAY, KEY, THREE, bank
from tests.spark import small_spark


def day_on(engine: Engine, folder: Path) -> tuple[ClusterModel, list[list[dict[str, Any]]]]:
    data, lake = bank(THREE), Lake(folder)
    features = engine.from_arrow(data)
    model = learn_clusters(engine, features, DAY, KEY)
    cluster_day(lake, engine, model, features, facts(engine, data["customer_id"].to_pylist()))
    tables = (CUSTOMER_CLUSTER, CLUSTER_SIZE, CLUSTER_MEAN)
    return model, [engine.arrow(lake.scan(engine, t).order_by(*t.key)).to_pylist() for t in tables]


@pytest.mark.spark
def test_fit_assignment_sizes_and_means_are_equal_on_both_engines(tmp_path: Path) -> None:
    duck, spark = DuckEngine(memory_limit_mb=512, threads=1), small_spark()
    try:
        (model, expected), (same, found) = day_on(duck, tmp_path / "duck"), day_on(spark, tmp_path / "spark")
    finally:
        duck.close()
        spark.close()
    assert same == model
    assert [len(rows) for rows in found] == [800, 3, 9]
    for one, other in zip(expected, found, strict=True):
        for row, again in zip(one, other, strict=True):
            assert row.keys() == again.keys()
            for name, value in row.items():
                close = isinstance(value, float) and math.isclose(value, again[name], rel_tol=1e-11)
                assert close or value == again[name], (name, row, again)
