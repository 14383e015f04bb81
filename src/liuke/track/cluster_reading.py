"""Metrics of units drawn as clusters (managers, branches, periods): errors go by clusters, not by customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.stats.clusters import ClusterMoments, cluster_means, design_effect, intraclass_correlation
from liuke.stats.reading import read
from liuke.track.arm_sums import Key, Metric, cluster_sums
from liuke.track.experiment_reading import MetricReading, Plan, adjusted_for_one_another


def read_cluster_metrics(engine: Engine, units: ir.Table, plan: Plan, cluster: str) -> tuple[MetricReading, ...]:
    """Every metric of the plan; units: columns arm, `cluster`, and the metrics' values, one row per customer.

    plan.planned_units are of clusters. Always-valid intervals need 50 pairs of clusters (stats/confidence_sequence) and
    are None below; the fixed one, right on the planned day only, is there from two clusters per arm on. Covariates,
    segments and strata are not used: sums of clusters know nothing of them.
    """
    metrics = [_metric(engine, units, m, place < plan.primary, plan, cluster) for place, m in enumerate(plan.metrics)]
    return adjusted_for_one_another(metrics)


def measured_design_effect(engine: Engine, units: ir.Table, value: str, cluster: str) -> tuple[float, float, float]:
    """Mean size of the clusters, its coefficient of variation, and their intraclass correlation (0 where not known)."""
    sums = list(cluster_sums(engine, units, value, cluster, by=("arm",)).values())
    everybody = sum(arm.sums.n for arm in sums)
    if not everybody:
        return 0.0, 0.0, 0.0
    whole = sums[0]
    for arm in sums[1:]:
        whole = whole + arm
    size = whole.sums.moments("size")
    variation = (size.variance**0.5 / size.mean) if size.n > 1 and size.mean else 0.0
    return size.mean, variation, max(intraclass_correlation(*sums) or 0.0, 0.0)


def effect_of_design(engine: Engine, units: ir.Table, value: str, cluster: str) -> float:
    """How many times more customers the clusters need than a draw of customers."""
    size, variation, correlation = measured_design_effect(engine, units, value, cluster)
    return design_effect(correlation, size, variation) if size else 1.0


def _metric(
    engine: Engine, units: ir.Table, metric: Metric, primary: bool, plan: Plan, cluster: str
) -> MetricReading:  # fmt: skip
    sums = cluster_sums(engine, units, metric.value, cluster)
    arms = [sums.get((arm,)) for arm in (plan.treated, plan.control)]
    customers = [_customers(sums, arm) for arm in (plan.treated, plan.control)]
    means = cluster_means(arms[0], arms[1]) if arms[0] and arms[1] else None
    reading = read(means, plan.planned_units, plan.level) if means else None
    p = reading.always_valid_p if reading else None
    return MetricReading(metric.name, primary, sum(customers), reading, p, (), customers[0], means)


def _customers(sums: Mapping[Key, ClusterMoments], arm: Any) -> int:
    return round(sums[arm,].customers) if (arm,) in sums else 0
