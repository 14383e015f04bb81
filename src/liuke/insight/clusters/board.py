"""The clusters with the figures of the last run, for the console and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.clusters.day import moved, stale
from liuke.insight.clusters.model import Cluster, ClusterModel
from liuke.lake import Lake
from liuke.tables import CLUSTER_MEAN, CLUSTER_SIZE


@dataclass(frozen=True, slots=True)
class Telling:
    """How a cluster differs in one feature. standard_deviations: on the model's own scale, in the sample it was found
    in; mean and rest: means of the last run in the feature's unit, None where nobody has a value or before a run.
    """

    feature: str
    standard_deviations: float
    mean: float | None
    rest: float | None


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One cluster. size: its CLUSTER_SIZE row of the last run, None before one; tellings: the most telling first."""

    cluster: Cluster
    size: dict[str, Any] | None
    tellings: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class ClusterBoard:
    """The model in use and its clusters, the largest first. as_of: None before a run assigned anybody.

    psi: how far the sizes are from those of the sample; refit: whether fitting anew is worth while.
    """

    model: ClusterModel
    as_of: date | None
    rows: tuple[ClusterRow, ...]
    psi: float | None
    refit: bool


def board(lake: Lake, engine: Engine, model: ClusterModel) -> ClusterBoard:
    """The board of a model on the last day it assigned customers."""
    sizes = lake.scan(engine, CLUSTER_SIZE)
    mine = sizes.filter(sizes.version == model.version)
    last = mine.aggregate(day=mine.as_of.max())
    today = engine.arrow(mine.inner_join(last, mine.as_of == last.day).drop("day")).to_pylist()
    by_number = {row["cluster"]: row for row in today}
    means = _means(engine, lake.scan(engine, CLUSTER_MEAN), model)
    rows = [_row(c, by_number.get(c.number), means) for c in model.clusters]
    rows.sort(key=lambda r: (-(r.size or {}).get("customers", 0), r.cluster.number))
    if not today:
        return ClusterBoard(model, None, tuple(rows), None, refit=False)
    shift = moved(model, {n: row["share"] for n, row in by_number.items()})
    day: date = today[0]["as_of"]
    return ClusterBoard(model, day, tuple(rows), shift, stale(model, day, shift))


def _means(engine: Engine, rows: ir.Table, model: ClusterModel) -> dict[tuple[int, str], dict[str, Any]]:
    mine = engine.arrow(rows.filter(rows.version == model.version)).to_pylist()
    return {(row["cluster"], row["feature"]): row for row in mine}


def _row(cluster: Cluster, size: dict[str, Any] | None, means: dict[tuple[int, str], dict[str, Any]]) -> ClusterRow:
    tellings = []
    for d in cluster.differences:
        found = means.get((cluster.number, d.feature), {})
        tellings.append(Telling(d.feature, d.standard_deviations, found.get("mean"), found.get("rest")))
    return ClusterRow(cluster, size, tuple(tellings))
