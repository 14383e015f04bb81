from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.insight.clusters.board import board
from liuke.insight.clusters.day import Facts, cluster_day, lacking, moved, stale
from liuke.insight.clusters.model import ClusterModel, learn_clusters
from liuke.lake import Lake
from liuke.tables import CLUSTER_MEAN, CLUSTER_SIZE, CUSTOMER_CLUSTER, CUSTOMER_SNAPSHOT, CUSTOMER_VALUE
from tests.insight.clusters.test_model import DAY, KEY, THREE, bank
from tests.insight.segments.test_made import made_rows


def facts(engine: Engine, customers: list[str]) -> Facts:
    """The rich have money and a score of 0.4, the busy a warning; everybody else nothing."""
    snapshot: dict[str, dict[str, Any]] = {
        who: {
            "aum": 1_000_000 if who.startswith("rich") else 100,
            "probability": 0.4 if who.startswith("rich") else None,
            "tier": "red" if who.startswith("busy") else "none",
        }
        for who in customers
    }
    value = {who: {"attrition_year": 0.25, "clv": 10.0} for who in customers}
    return Facts(
        engine.from_arrow(made_rows(CUSTOMER_SNAPSHOT, DAY, **snapshot)),
        engine.from_arrow(made_rows(CUSTOMER_VALUE, DAY, **value)),
    )


@pytest.fixture
def fitted(engine: Engine, lake: Lake) -> tuple[ClusterModel, pa.Table]:
    data = bank(THREE)
    features = engine.from_arrow(data)
    model = learn_clusters(engine, features, DAY, KEY)
    cluster_day(lake, engine, model, features, facts(engine, data["customer_id"].to_pylist()))
    return model, data


def rows(lake: Lake, engine: Engine, table: Any) -> list[dict[str, Any]]:
    return engine.arrow(lake.scan(engine, table).order_by(*table.key)).to_pylist()


def test_sizes_say_what_is_at_stake_in_each_cluster(
    lake: Lake, engine: Engine, fitted: tuple[ClusterModel, pa.Table]
) -> None:
    busy, poor, rich = rows(lake, engine, CLUSTER_SIZE)
    assert [(r["customers"], r["share"]) for r in (busy, poor, rich)] == [(400, 0.5), (250, 0.3125), (150, 0.1875)]
    assert (rich["aum_mean"], rich["aum_sum"], rich["probability"], rich["warned"]) == (1e6, 150e6, 0.4, 0)
    assert (busy["aum_mean"], busy["probability"], busy["warned"]) == (100.0, None, 400)
    assert {r["attrition_year"] for r in (busy, poor, rich)} == {0.25}


def test_means_stand_beside_those_of_all_other_customers(
    lake: Lake, engine: Engine, fitted: tuple[ClusterModel, pa.Table]
) -> None:
    _, data = fitted
    people = data.to_pylist()
    for row in rows(lake, engine, CLUSTER_MEAN):
        kind = {0: "busy", 1: "poor", 2: "rich"}[row["cluster"]]
        inside = [p[row["feature"]] for p in people if p["customer_id"].startswith(kind)]
        rest = [p[row["feature"]] for p in people if not p["customer_id"].startswith(kind)]
        assert row["mean"] == pytest.approx(sum(inside) / len(inside))
        assert row["rest"] == pytest.approx(sum(rest) / len(rest))


def test_a_second_run_of_the_day_changes_nothing_and_the_next_keeps_the_older_sizes(
    lake: Lake, engine: Engine, fitted: tuple[ClusterModel, pa.Table]
) -> None:
    model, data = fitted
    tables = (CUSTOMER_CLUSTER, CLUSTER_SIZE, CLUSTER_MEAN)
    before = [rows(lake, engine, t) for t in tables]
    told = facts(engine, data["customer_id"].to_pylist())
    cluster_day(lake, engine, model, engine.from_arrow(data), told)
    assert [rows(lake, engine, t) for t in tables] == before
    later = data.set_column(0, "as_of", pa.array([date(2026, 7, 1)] * len(data), pa.date32()))
    cluster_day(lake, engine, model, engine.from_arrow(later), told)
    assert {r["as_of"] for r in rows(lake, engine, CLUSTER_SIZE)} == {DAY, date(2026, 7, 1)}
    assert {r["as_of"] for r in rows(lake, engine, CUSTOMER_CLUSTER)} == {date(2026, 7, 1)}


def test_the_board_puts_the_largest_first_with_what_tells_it_apart(
    lake: Lake, engine: Engine, fitted: tuple[ClusterModel, pa.Table]
) -> None:
    model, _ = fitted
    found = board(lake, engine, model)
    assert [(r.size or {})["customers"] for r in found.rows] == [400, 250, 150]
    rich = found.rows[2].tellings[0]
    assert (rich.feature, rich.standard_deviations > 1) == ("aum_mean_90", True)
    assert (rich.mean or 0) > 100 * (rich.rest or 0)
    assert (found.as_of, found.psi, found.refit) == (DAY, pytest.approx(0, abs=1e-9), False)


def test_before_a_run_nobody_is_assigned(lake: Lake, engine: Engine, fitted: tuple[ClusterModel, pa.Table]) -> None:
    other = learn_clusters(engine, engine.from_arrow(bank(THREE, seed=8)), DAY, KEY)
    found = board(lake, engine, other)
    assert (found.as_of, found.psi, found.refit, [r.size for r in found.rows]) == (None, None, False, [None] * 3)
    assert found.rows[0].tellings[0].mean is None


def test_sizes_that_shift_or_age_propose_to_fit_anew(fitted: tuple[ClusterModel, pa.Table]) -> None:
    model, _ = fitted
    same = {c.number: c.share for c in model.clusters}
    assert moved(model, same) == pytest.approx(0)
    shifted = moved(model, {0: 0.05, 1: 0.05, 2: 0.9})
    assert stale(model, DAY, shifted)
    assert not stale(model, date(2026, 12, 27), 0.0)
    assert stale(model, date(2026, 12, 28), 0.0)


def test_a_model_whose_features_are_not_built_names_them(engine: Engine, fitted: tuple[ClusterModel, pa.Table]) -> None:
    model, data = fitted
    assert lacking(model, engine.from_arrow(data)) == ()
    assert lacking(model, engine.from_arrow(data.drop_columns(["app_days_90"]))) == ("app_days_90",)
