"""Small models for a home that has lived a day, learned from its features of that day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np

from liuke.insight.churn.definition import ChurnDefinition
from liuke.insight.churn.learning.artefact import Origin, save
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import Candidate, TrainSettings
from liuke.insight.churn.learning.train import train
from liuke.insight.churn.registry import Entry, State, register
from liuke.insight.clusters.model import learn_clusters
from liuke.insight.clusters.shelf import keep
from liuke.insight.features.registry import FEATURES, REGISTRY_VERSION
from liuke.insight.features.store import CUSTOMER_FEATURE, stored_features
from liuke.wiring import House

QUIET = "own_count_30"
QUICK = TrainSettings(
    candidates=(Candidate("one", {"num_leaves": 7, "min_data_in_leaf": 10}),), max_rounds=15, members=1
)
WIDE = QUICK.but(
    candidates=(Candidate("wide", {"num_leaves": 7, "min_data_in_leaf": 10, "feature_fraction": 0.1}),), max_rounds=60
)
"""Each tree sees a tenth of the features, so that many of them speak."""


def teach(
    house: House,
    names: Sequence[str],
    *,
    version: str = "v1",
    state: State = "active",
    definition: ChurnDefinition | None = None,
    settings: TrainSettings = QUICK,
) -> None:
    """Registers a small model of these features that takes the quiet for leaving: two in three of those who pay
    less often than others.
    """
    columns = learned(house)
    x = np.column_stack([columns[n] for n in names])
    own = np.nan_to_num(columns[QUIET])
    label = ((own < np.median(own)) & (np.arange(len(x)) % 3 > 0)).astype(np.int8)
    model = train(Examples(x, tuple(names), label), None, seed=1, settings=settings).model
    facts = {"auc": {"all": 0.7}, "test_people": len(x), "test_lost": int(label.sum())}
    if definition:
        facts["definition"] = definition.model_dump(mode="json")
    origin = Origin("attrition", version, "d", REGISTRY_VERSION, 1, facts=facts)
    fingerprint = save(model, house.models / "attrition" / version, origin)
    since = datetime(2026, 6, 30, tzinfo=UTC).isoformat()
    register(house.models, Entry("attrition", version, state, fingerprint, since, "a test"))


def name_clusters(house: House, day: date) -> None:
    """Registers a cluster model learned from the stored features of `day`, and a segment of its first cluster."""
    with house.on("duckdb").engine() as engine:
        found = learn_clusters(engine, stored_features(house.lake, engine), day, house.pseudonym_key())
    keep(house.clusters, found, datetime(2026, 6, 30, tzinfo=UTC))
    (house.home / "segments" / "largest.yaml").write_text(
        "name: {zh: 最大, en: Largest}\ndescription: {zh: 最大, en: Largest}\nowner: me\n"
        f"rule: {{attribute: cluster, value: {found.clusters[0].name.zh}}}\n",
        encoding="utf-8",
    )


def telling(house: House) -> list[str]:
    """Features of which the stored day has more than one value, beside protected ones."""
    columns = learned(house)
    free = [n for n in FEATURES if FEATURES[n].sensitivity != "protected"]
    return [n for n in free if len(np.unique(columns[n][~np.isnan(columns[n])])) > 1]


def learned(house: House) -> dict[str, np.ndarray]:
    """The stored features by name, NaN for null, in the order of customers."""
    with house.on("duckdb").engine() as engine:
        stored = engine.arrow(house.lake.scan(engine, CUSTOMER_FEATURE).order_by("customer_id"))
    return {n: np.asarray(stored[n].to_numpy(zero_copy_only=False), dtype=float) for n in FEATURES}
