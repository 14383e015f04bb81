"""Clusters of a business day: everybody assigned, and what each cluster is like beside the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.clusters.model import ClusterModel, assigned
from liuke.lake import Lake
from liuke.stats.drift import PSI_ALARM, Reference, psi
from liuke.tables import CLUSTER_MEAN, CLUSTER_SIZE, CUSTOMER_CLUSTER

OLD_DAYS = 180
"""A model learned longer ago is worth fitting anew. Ours."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a cluster is told beside its features. snapshot: CUSTOMER_SNAPSHOT rows; value: CUSTOMER_VALUE rows."""

    snapshot: ir.Table
    value: ir.Table


def cluster_day(lake: Lake, engine: Engine, model: ClusterModel, features: ir.Table, facts: Facts) -> ir.Table:
    """Assigns all customers of the day and stores who is where, how large each cluster is and what it is like.

    features, facts: the day's rows of all living customers. Returns CUSTOMER_CLUSTER rows, materialised. Sizes of
    older days stay, members and means are replaced; running a day twice changes nothing.
    """
    rows = engine.materialise(assigned(model, features))
    lake.replace(CUSTOMER_CLUSTER, engine.batches(rows))
    sizes = _sizes(engine, model, rows, facts)
    if sizes.num_rows:
        lake.replace(CLUSTER_SIZE, sizes, where=f"as_of = '{sizes['as_of'][0].as_py()}'")
    lake.replace(CLUSTER_MEAN, _means(engine, model, rows, features))
    return rows


def lacking(model: ClusterModel, features: ir.Table) -> tuple[str, ...]:
    """The features that the model asks of and that are not built."""
    return tuple(n for n in model.features if n not in features.columns)


def moved(model: ClusterModel, shares: dict[int, float]) -> float:
    """How far the sizes are from those of the sample, as PSI. shares: today's, by cluster."""
    edges = tuple(float(c.number) for c in model.clusters[:-1])
    then = Reference(edges, tuple(c.share for c in model.clusters), 0.0, model.sample)
    now = Reference(edges, tuple(shares.get(c.number, 0.0) for c in model.clusters), 0.0, model.sample)
    return psi(then, now)


def stale(model: ClusterModel, day: date, psi_now: float) -> bool:
    """Whether fitting anew is worth while: the sizes have shifted, or the model is old."""
    return psi_now >= PSI_ALARM or (day - model.learned_on).days > OLD_DAYS


def _sizes(engine: Engine, model: ClusterModel, rows: ir.Table, facts: Facts) -> pa.Table:
    people = facts.snapshot.select(
        "customer_id",
        aum=facts.snapshot.aum.cast("float64"),
        probability="probability",
        warned=(facts.snapshot.tier != "none").cast("int64"),
    )
    value = facts.value.select("customer_id", "attrition_year", "clv")
    joined = rows.select("as_of", "customer_id", "cluster")
    for part in (people, value):
        joined = joined.left_join(part, "customer_id").drop("customer_id_right")
    found = engine.arrow(
        joined.group_by("as_of", "cluster").aggregate(
            customers=joined.count(),
            aum_mean=joined.aum.mean(),
            aum_sum=joined.aum.sum(),
            probability=joined.probability.mean(),
            attrition_year=joined.attrition_year.mean(),
            clv_mean=joined.clv.mean(),
            warned=joined.warned.sum().fill_null(0),
        )
    ).to_pylist()
    whole = sum(row["customers"] for row in found)
    made = [_steady(row) | {"version": model.version, "share": row["customers"] / whole} for row in found]
    return pa.Table.from_pylist(sorted(made, key=lambda r: r["cluster"]), schema=CLUSTER_SIZE.arrow)


def _means(engine: Engine, model: ClusterModel, rows: ir.Table, features: ir.Table) -> pa.Table:
    """Mean of each feature in each cluster and among all others, of those who have a value, in its own unit."""
    numbers = features.select("customer_id", *model.features)
    joined = rows.select("as_of", "customer_id", "cluster").inner_join(numbers, "customer_id")
    sums: dict[str, ir.Value] = {f"s{i}": joined[n].sum().fill_null(0.0) for i, n in enumerate(model.features)}
    counts: dict[str, ir.Value] = {f"n{i}": joined[n].count() for i, n in enumerate(model.features)}
    found = engine.arrow(joined.group_by("as_of", "cluster").aggregate(**sums, **counts)).to_pylist()
    made: list[dict[str, Any]] = []
    for i, name in enumerate(model.features):
        total, known = sum(r[f"s{i}"] for r in found), sum(r[f"n{i}"] for r in found)
        made.extend(
            {
                "as_of": r["as_of"],
                "version": model.version,
                "cluster": r["cluster"],
                "feature": name,
                "mean": _mean(r[f"s{i}"], r[f"n{i}"]),
                "rest": _mean(total - r[f"s{i}"], known - r[f"n{i}"]),
            }
            for r in sorted(found, key=lambda r: r["cluster"])
        )
    return pa.Table.from_pylist(made, schema=CLUSTER_MEAN.arrow)


def _mean(total: float, known: int) -> float | None:
    return float(f"{total / known:.12g}") if known else None


def _steady(row: dict[str, Any]) -> dict[str, Any]:
    """Twelve digits: sums over many threads differ in their last bits from run to run."""
    return {k: float(f"{v:.12g}") if isinstance(v, float) else v for k, v in row.items()}


__all__ = ["Facts", "cluster_day", "lacking", "moved", "stale"]
