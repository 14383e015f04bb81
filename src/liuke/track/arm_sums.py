"""From a table of units to the sums all readings of an experiment start from: many metrics, one pass, any size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.errors import YourMistake, did_you_mean
from liuke.stats.clusters import ClusterMoments
from liuke.stats.cross_moments import CrossMoments

Key = tuple[Any, ...]
Sums = dict[Key, CrossMoments]


@dataclass(frozen=True, slots=True)
class Metric:
    """One outcome of an experiment.

    value: its column; empty (NULL) where it is not known yet, and such units do not count. per: the column below the
    line of a ratio. covariates: columns that were fixed before the draw; where one is empty (no pre-period) the unit
    stays, with 0 and a mark, so that its absence is a covariate of its own.
    """

    name: str
    value: str
    per: str | None = None
    covariates: tuple[str, ...] = ()

    @property
    def adjusting(self) -> tuple[str, ...]:
        """The covariates and their marks, as `adjusted.arm_means` takes them."""
        return (*self.covariates, *(f"{name}?" for name in self.covariates))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of what is summed."""
        return (self.value, *((self.per,) if self.per else ()), *self.adjusting)


def arm_sums(
    engine: Engine, units: ir.Table, metrics: Sequence[Metric], by: Sequence[str] = ("arm",)
) -> dict[str, Sums]:
    """Per metric and group the moments of value, per, covariates and marks, over units whose value is known.

    units: one row per unit drawn. by: columns of the groups, such as arm, segment, stratum; sums of finer groups add up
    to those of coarser ones (`added`), so ask for the finest once.

        arm      kept   before          →  sums["kept"][("treated",)].n == 1, names ("kept", "before", "before?")
        treated  80.0   100.0
        treated  NULL   90.0               not known yet: does not count
        holdout  0.0    NULL               counts, with before 0 and before? 1

    Raises YourMistake for a column that is not there and for values that are not finite.
    """
    _check_columns(units, [*by, *(c for m in metrics for c in (m.value, m.per, *m.covariates) if c)])
    prepared = units.select(*by, **{k: v for i, m in enumerate(metrics) for k, v in _columns(units, m, i).items()})
    wanted = {k: v for i, m in enumerate(metrics) for k, v in _aggregates(prepared, m, i).items()}
    rows = engine.arrow(prepared.group_by(*by).aggregate(**wanted)).to_pylist()
    return {m.name: {tuple(row[c] for c in by): _read(row, m, i) for row in rows} for i, m in enumerate(metrics)}


def added(sums: Mapping[Key, CrossMoments], keep: Sequence[int]) -> Sums:
    """Sums of coarser groups: of the key only the places in `keep` stay."""
    coarse: Sums = {}
    for key, moments in sums.items():
        short = tuple(key[place] for place in keep)
        coarse[short] = coarse[short] + moments if short in coarse else moments
    return coarse


def cluster_sums(
    engine: Engine, units: ir.Table, value: str, cluster: str, by: Sequence[str] = ("arm",)
) -> dict[Key, ClusterMoments]:
    """The same for drawn clusters: per group the moments over clusters of size and total.

    units: one row per customer; those without value or cluster do not count.
    """
    _check_columns(units, [*by, value, cluster])
    known = units.filter(units[value].notnull(), units[cluster].notnull())
    known = known.select(*by, _cluster=known[cluster], _y=known[value].cast("float64"))
    each = known.group_by(*by, "_cluster").aggregate(
        size=known.count().cast("float64"), total=known["_y"].sum(), squares=(known["_y"] * known["_y"]).sum()
    )
    rows = engine.arrow(
        each.group_by(*by).aggregate(
            n=each.count(),
            s=each["size"].sum(),
            t=each.total.sum(),
            ss=(each["size"] * each["size"]).sum(),
            st=(each["size"] * each.total).sum(),
            tt=(each.total * each.total).sum(),
            between=(each.total * each.total / each["size"]).sum(),
            squares=each.squares.sum(),
        )
    ).to_pylist()
    return {tuple(row[c] for c in by): _cluster_moments(row) for row in rows}


def _columns(units: ir.Table, metric: Metric, place: int) -> dict[str, ir.FloatingValue]:
    """The metric's numbers as floats, all empty where its value (or what it is per) is not known."""
    known = units[metric.value].notnull()
    if metric.per:
        known = known & units[metric.per].notnull()
    nothing = ibis.null("float64")
    raw = [units[name].cast("float64") for name in (metric.value, metric.per) if name]
    raw += [units[name].cast("float64").fill_null(0.0) for name in metric.covariates]
    raw += [units[name].isnull().cast("float64") for name in metric.covariates]
    return {f"m{place}_{i}": ibis.ifelse(known, number, nothing) for i, number in enumerate(raw)}


def _aggregates(prepared: ir.Table, metric: Metric, place: int) -> dict[str, ir.Scalar]:
    columns = [prepared[f"m{place}_{i}"] for i in range(len(metric.numbers))]
    found: dict[str, ir.Scalar] = {f"n{place}": columns[0].count()}
    found |= {f"s{place}_{i}": column.sum() for i, column in enumerate(columns)}
    pairs = combinations_with_replacement(range(len(columns)), 2)
    return found | {f"p{place}_{i}_{j}": (columns[i] * columns[j]).sum() for i, j in pairs if not _told(metric, i, j)}


def _told(metric: Metric, i: int, j: int) -> bool:
    """Whether a product need not be summed: a mark times itself is the mark, times its own covariate 0."""
    first_mark = len(metric.numbers) - len(metric.covariates)
    return j >= first_mark and i in {j, j - len(metric.covariates)}


def _read(row: Mapping[str, Any], metric: Metric, place: int) -> CrossMoments:
    size = len(metric.numbers)
    sums = np.array([row[f"s{place}_{i}"] or 0.0 for i in range(size)], dtype=np.float64)
    products = np.zeros((size, size))
    for i, j in combinations_with_replacement(range(size), 2):
        if _told(metric, i, j):
            products[i, j] = sums[i] if i == j else 0.0
        else:
            products[i, j] = row[f"p{place}_{i}_{j}"] or 0.0
        products[j, i] = products[i, j]
    return CrossMoments.of_sums(metric.numbers, int(row[f"n{place}"]), sums, products)


def _cluster_moments(row: Mapping[str, Any]) -> ClusterMoments:
    products = [[row["ss"], row["st"]], [row["st"], row["tt"]]]
    sums = CrossMoments.of_sums(("size", "total"), int(row["n"]), [row["s"], row["t"]], products)
    return ClusterMoments(sums, float(row["between"]), float(row["squares"]))


def _check_columns(units: ir.Table, wanted: Iterable[str]) -> None:
    for name in wanted:
        if name not in units.columns:
            raise YourMistake(f"there is no column {name}", expected=did_you_mean(name, units.columns))
