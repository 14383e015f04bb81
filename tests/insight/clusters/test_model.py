from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.clusters.model import assigned, learn_clusters

KEY = "a key of thirty-two characters ok"
DAY = date(2026, 6, 30)


def bank(groups: dict[str, tuple[int, float, float, float]], seed: int = 7) -> pa.Table:
    """Customers in groups of known kind: balance, activity, days online; scattered around their group's own."""
    rng = np.random.default_rng(seed)
    rows = []
    for kind, (n, balance, active, online) in groups.items():
        for i in range(n):
            rows.append(
                {
                    "as_of": DAY,
                    "customer_id": f"{kind}{i:05d}",
                    "aum_mean_90": balance * float(rng.lognormal(0, 0.2)),
                    "own_count_90": active * float(rng.lognormal(0, 0.2)),
                    "app_days_90": online * float(rng.lognormal(0, 0.2)),
                    "age": 40.0,
                }
            )
    schema = pa.schema(
        [("as_of", pa.date32()), ("customer_id", pa.string())]
        + [(n, pa.float64()) for n in ("aum_mean_90", "own_count_90", "app_days_90", "age")]
    )
    return pa.Table.from_pylist(rows, schema=schema)


THREE = {"rich": (150, 2_000_000.0, 2.0, 2.0), "busy": (400, 20_000.0, 80.0, 40.0), "poor": (250, 200.0, 2.0, 2.0)}


def test_groups_that_lie_apart_are_found_and_named_by_what_sets_them_apart(engine: Engine) -> None:
    features = engine.from_arrow(bank(THREE))
    model = learn_clusters(engine, features, DAY, KEY)
    got = Counter(engine.arrow(assigned(model, features))["cluster"].to_pylist())
    assert [got[c.number] for c in model.clusters] == [400, 250, 150]
    assert [c.share for c in model.clusters] == [0.5, 0.3125, 0.1875]
    assert [sorted(c.name.zh.split("·")) for c in model.clusters] == [
        ["高活跃", "高线上"],
        ["低余额", "低活跃"],
        ["低活跃", "高余额"],
    ]


def test_each_customer_goes_to_the_nearest_centroid_as_numpy_sees_it(engine: Engine) -> None:
    data = bank(THREE)
    features = engine.from_arrow(data)
    model = learn_clusters(engine, features, DAY, KEY)
    got = {r["customer_id"]: r["cluster"] for r in engine.arrow(assigned(model, features)).to_pylist()}
    z = np.column_stack([s.numbers(data[s.feature].to_numpy()) for s in model.scales])
    centroids = np.array([c.centroid for c in model.clusters])
    nearest = ((z[:, None, :] - centroids[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert got == dict(zip(data["customer_id"].to_pylist(), nearest.tolist(), strict=True))


def test_the_same_seed_gives_the_same_model_whatever_the_order_of_rows(engine: Engine) -> None:
    data = bank(THREE)
    turned = data.take(pa.array(range(len(data) - 1, -1, -1)))
    one, other = (learn_clusters(engine, engine.from_arrow(rows), DAY, KEY) for rows in (data, turned))
    assert one == other


def test_a_missing_value_stands_where_the_median_stands(engine: Engine) -> None:
    data = bank(THREE)
    hole = pa.Table.from_pylist([{"as_of": DAY, "customer_id": "hole"}], schema=data.schema)
    model = learn_clusters(engine, engine.from_arrow(data), DAY, KEY)
    [row] = engine.arrow(assigned(model, engine.from_arrow(hole))).to_pylist()
    assert 0 <= row["cluster"] < len(model.clusters)


def test_age_and_sex_make_no_cluster(engine: Engine) -> None:
    with pytest.raises(YourMistake, match="age"):
        learn_clusters(engine, engine.from_arrow(bank(THREE)), DAY, KEY, names=["aum_mean_90", "age"])


def test_too_few_customers_are_refused(engine: Engine) -> None:
    with pytest.raises(YourMistake, match="too few"):
        learn_clusters(engine, engine.from_arrow(bank({"few": (20, 1.0, 1.0, 1.0)})), DAY, KEY)


def test_features_that_do_not_differ_are_refused(engine: Engine) -> None:
    rows = bank(THREE).to_pylist()
    flat = pa.Table.from_pylist([r | {"aum_mean_90": 1.0, "own_count_90": 1.0, "app_days_90": 0.0} for r in rows])
    with pytest.raises(YourMistake, match="fewer than two features differ"):
        learn_clusters(engine, engine.from_arrow(flat), DAY, KEY)
