"""The cluster model: fitted on a de-identified sample, assigned to all customers by an engine expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.govern.pseudonym import SUBJECT, pseudonymised
from liuke.insight.clusters.fit import Trial, fit_clusters
from liuke.insight.clusters.naming import WORDS, Difference, differences, named
from liuke.insight.clusters.scaling import Matrix, Scale, scale_of
from liuke.insight.content_hash import content_hash
from liuke.insight.features.registry import FEATURES, REGISTRY_VERSION
from liuke.settings import Name

FORMAT = 1
SAMPLE = 20_000
FEWEST_CUSTOMERS = 200


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster. centroid: in scaled units, in the order of the model's scales; differences: most telling first.

    share: of the sample it was found in.
    """

    number: int
    name: Name
    centroid: tuple[float, ...]
    differences: tuple[Difference, ...]
    share: float


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

    @property
    def features(self) -> tuple[str, ...]:
        """What it asks of a customer."""
        return tuple(s.feature for s in self.scales)

    @property
    def said(self) -> str:
        """The version that its content must have."""
        return _version(self.scales, [c.centroid for c in self.clusters])

    def plain(self) -> dict[str, Any]:
        """Plain values for JSON, readable by people."""
        clusters = [asdict(c) | {"name": c.name.model_dump()} for c in self.clusters]
        return asdict(self) | {"format": FORMAT, "learned_on": self.learned_on.isoformat(), "clusters": clusters}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> ClusterModel:
        """The model that `plain` came from. Raises ValueError, TypeError or KeyError for anything else."""
        if plain["format"] != FORMAT:
            raise ValueError(f"format {plain['format']} is not {FORMAT}")
        return cls(
            plain["version"],
            date.fromisoformat(plain["learned_on"]),
            plain["sample"],
            plain["seed"],
            plain["registry"],
            tuple(Scale(**s) for s in plain["scales"]),
            tuple(_cluster(c) for c in plain["clusters"]),
            tuple(Trial(**t) for t in plain["trials"]),
        )


def _cluster(plain: Mapping[str, Any]) -> Cluster:
    return Cluster(
        plain["number"],
        Name(**plain["name"]),
        tuple(plain["centroid"]),
        tuple(Difference(**d) for d in plain["differences"]),
        plain["share"],
    )


def _version(scales: Sequence[Scale], centroids: Sequence[Sequence[float]]) -> str:
    return content_hash([[asdict(s) for s in scales], [list(c) for c in centroids]])


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
    shares = [float(np.mean(found.labels == c)) for c in range(found.k)]
    clusters = tuple(Cluster(i, name, centroids[i], ranked[i], shares[i]) for i, name in enumerate(named(ranked)))
    return ClusterModel(
        _version(scales, centroids), day, len(rows), seed, REGISTRY_VERSION, scales, clusters, found.trials
    )


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
