"""The day's features in the lake: what pages, rules and models read without building them again."""

from __future__ import annotations

from typing import Final, Literal

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.features.feature import Feature
from liuke.insight.features.registry import FEATURES
from liuke.lake import Lake
from liuke.tables import Column, Table


def _column(feature: Feature) -> Column:
    level: Literal["C1", "C2"] = "C1" if feature.sensitivity == "C1" else "C2"
    return Column(feature.name, "float", feature.zh, feature.en, nullable=True, unit=feature.unit, level=level)


CUSTOMER_FEATURE: Final = Table(
    "customer_feature",
    "客户特征",
    "One row per living customer as of the last run, one column per feature; replaced by each run",
    (
        Column("as_of", "date", "数据日期", "Last business day whose data may enter"),
        Column("customer_id", "string", "客户号", "Customer", level="C2", mask="account"),
        *(_column(f) for f in FEATURES.values()),
    ),
    key=("customer_id",),
    subject="customer_id",
)
"""Its columns are the registry: what they mean is told by `liuke features`, not by the glossary."""


def store_features(lake: Lake, engine: Engine, features: ir.Table) -> int:
    """Replaces the stored features by these, in one commit; returns how many rows there are.

    features: of one moment, as features_on gives them. Features that were not built are null.
    """
    missing = {n: ibis.null("float64") for n in FEATURES if n not in features.columns}
    whole = features.mutate(**missing).select(*CUSTOMER_FEATURE.names)
    lake.replace(CUSTOMER_FEATURE, engine.batches(whole))
    return engine.count(features)


def stored_features(lake: Lake, engine: Engine) -> ir.Table:
    """The features of the last run, lazily; empty before the first one."""
    # A table made by an older release may lack a column and have others besides.
    return lake.scan(engine, CUSTOMER_FEATURE).select(*CUSTOMER_FEATURE.names)
