"""The cluster model: fitted on a de-identified sample, assigned to all customers by an engine expression."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.govern.pseudonym import SUBJECT, pseudonymised
from liuke.insight.clusters.fit import Trial, fit_clusters
from liuke.insight.clusters.naming import WORDS, Difference, differences, named
from liuke.insight.clusters.scaling import Matrix, Scale, scale_of
from liuke.insight.features.registry import FEATURES, REGISTRY_VERSION
from liuke.insight.tags.tag_file import content_hash
from liuke.lake import Lake
from liuke.settings import Name
from liuke.tables import CUSTOMER_CLUSTER

SAMPLE = 20_000
FEWEST_CUSTOMERS = 200


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster. centroid: in scaled units, in the order of the model's scales; differences: most telling first."""

    number: int
    name: Name
    centroid: tuple[float, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ClusterModel:
    """What assigns customers. version: hash of scales and centroids. trials: every number of clusters looked at.

    learned_on: as-of day of the sample; sample: its rows; seed: of all random choices.
    """

    version: str
    learned_on: date
    sample: int
    seed: int
    registry: str
    scales: tuple[Scale, ...]
    clusters: tuple[Cluster, ...]
    trials: tuple[Trial, ...]

    def save(self, folder: Path) -> Path:
        """Writes `<folder>/<version>.json`, readable by people."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.version}.json"
        content = asdict(self) | {"clusters": [asdict(c) | {"name": c.name.model_dump()} for c in self.clusters]}
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
        return path


@dataclass(frozen=True, slots=True)
class ClusterSize:
    """A cluster among all customers. means: of the features themselves, in their own units; None where all missing."""

    number: int
    name: Name
    customers: int
    share: float
    means: dict[str, float | None]


def learn_clusters(
    engine: Engine, features: ir.Table, day: date, key: str, *, seed: int = 20260101, names: Sequence[str] | None = None
) -> ClusterModel:
    """Fits on at most 20,000 customers, chosen by their pseudonym under `key`: at random, but always the same.

    features: customer_feature rows of `day`. names: default those of `WORDS` that are built; protected features
    (age, sex) never. Raises YourMistake with fewer than 200 customers or fewer than two features that differ.
    """
    wanted = _wanted(features, names)
    seen = pseudonymised(features.select("customer_id", *wanted), key)
    rows = engine.arrow(seen.order_by(SUBJECT).limit(SAMPLE))
    if len(rows) < FEWEST_CUSTOMERS:
        raise YourMistake(
            f"{len(rows)} customers are too few for clusters", expected=f"at least {FEWEST_CUSTOMERS}",
            then="load more customers, then run the day again",
        )  # fmt: skip
    columns = {n: rows[n].to_numpy(zero_copy_only=False).astype(np.float64) for n in wanted}
    scales = tuple(s for n in wanted if (s := scale_of(n, columns[n])) is not None)
    if len(scales) < 2:
        raise YourMistake(
            "fewer than two features differ between customers", expected="features with different values",
            then="name other features, or load the tables they need",
        )  # fmt: skip
    sample: Matrix = np.column_stack([s.numbers(columns[s.feature]) for s in scales])
    found = fit_clusters(sample, seed)
    ranked = [differences(sample, found.labels, tuple(s.feature for s in scales), c) for c in range(found.k)]
    centroids = [tuple(round(float(x), 9) for x in row) for row in found.centroids]
    clusters = tuple(Cluster(i, name, centroids[i], ranked[i]) for i, name in enumerate(named(ranked)))
    version = content_hash([[asdict(s) for s in scales], centroids])
    return ClusterModel(version, day, len(rows), seed, REGISTRY_VERSION, scales, clusters, found.trials)


def assigned(model: ClusterModel, features: ir.Table) -> ir.Table:
    """CUSTOMER_CLUSTER rows for every row of `features` (as_of, customer_id, the model's features).

    The nearest centroid; at equal distance the larger cluster.
    """
    scaled = features.select("as_of", "customer_id", **{s.feature: s.column(features[s.feature]) for s in model.scales})
    far = {f"d{c.number}": _distance(scaled, model.scales, c) for c in model.clusters}
    measured = scaled.select("as_of", "customer_id", **far)
    least = ibis.least(*(measured[n] for n in far))
    numbered = measured.mutate(_least=least)
    branches = [(numbered[f"d{c.number}"] == numbered["_least"], c) for c in model.clusters]
    return numbered.select(
        "as_of",
        "customer_id",
        version=ibis.literal(model.version),
        cluster=ibis.cases(*((test, ibis.literal(c.number)) for test, c in branches)).cast("int64"),
        cluster_name=ibis.cases(*((test, ibis.literal(c.name.zh)) for test, c in branches)),
    )


def store_clusters(lake: Lake, engine: Engine, model: ClusterModel, features: ir.Table) -> tuple[ClusterSize, ...]:
    """Assigns all customers, replaces customer_cluster, and returns the profile, the largest cluster first."""
    rows = engine.materialise(assigned(model, features))
    lake.replace(CUSTOMER_CLUSTER, engine.batches(rows))
    sizes = profile(engine, model, features, rows)
    engine.release(rows)
    return sizes


def profile(engine: Engine, model: ClusterModel, features: ir.Table, rows: ir.Table) -> tuple[ClusterSize, ...]:
    """Size and mean features of each cluster over all customers of `rows` (CUSTOMER_CLUSTER)."""
    names = [s.feature for s in model.scales]
    joined = rows.select("customer_id", "cluster").inner_join(features.select("customer_id", *names), "customer_id")
    means = {n: joined[n].mean() for n in names}
    found = engine.arrow(joined.group_by("cluster").aggregate(customers=joined.count(), **means)).to_pylist()
    total = sum(row["customers"] for row in found) or 1
    sizes = [
        ClusterSize(
            row["cluster"],
            model.clusters[row["cluster"]].name,
            row["customers"],
            row["customers"] / total,
            {n: row[n] for n in names},
        )
        for row in found
    ]
    return tuple(sorted(sizes, key=lambda s: (-s.customers, s.number)))


def _distance(scaled: ir.Table, scales: tuple[Scale, ...], cluster: Cluster) -> ir.FloatingValue:
    parts = [
        (scaled[s.feature] - at) * (scaled[s.feature] - at) for s, at in zip(scales, cluster.centroid, strict=True)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _wanted(features: ir.Table, names: Sequence[str] | None) -> list[str]:
    wanted = [n for n in WORDS if n in features.columns] if names is None else list(names)
    wrong = [n for n in wanted if n not in features.columns]
    protected = [n for n in wanted if n in FEATURES and FEATURES[n].sensitivity == "protected"]
    if wrong or protected or len(wanted) < 2:
        raise YourMistake(
            f"clusters cannot be made of {', '.join(wrong or protected or wanted) or 'nothing'}",
            expected="two built features or more, none of them about age or sex",
            then="liuke features   # lists what is built",
        )
    return wanted
