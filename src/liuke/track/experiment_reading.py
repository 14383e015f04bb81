"""One experiment read whole: is the draw sound, what did each metric do, for whom, and what of it is luck?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.stats.adjusted import arm_means
from liuke.stats.arm_means import ArmMeans
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.multiplicity import benjamini_hochberg, holm
from liuke.stats.ratio import linearised
from liuke.stats.reading import Reading, read
from liuke.stats.sequential_ratio import sequential_ratio_p
from liuke.stats.shrink import shrunken
from liuke.stats.stratified import stratified
from liuke.track.arm_sums import Metric, Sums, added, arm_sums
from liuke.track.findings import Finding, finding
from liuke.track.unit_findings import unit_findings

SPLIT_ALARM = 0.001
"""As stats.compare.SRM_ALARM."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was fixed before the start.

    metrics: the first `primary` of them decide, the others are guardrails and side glances. shares: planned share of
    every arm. planned_units: `estimate.effective_units` of the two arms at the planned end. segment, stratum: columns
    of the units; strata are put together again (`stratified`), segments are read apart.
    """

    metrics: tuple[Metric, ...]
    planned_units: float
    shares: Mapping[str, float] = field(default_factory=lambda: {"treated": 0.5, "holdout": 0.5})
    treated: str = "treated"
    control: str = "holdout"
    primary: int = 1
    segment: str | None = None
    stratum: str | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        names = [m.name for m in self.metrics]
        if not 1 <= self.primary <= len(names) or len(set(names)) < len(names):
            raise YourMistake("the metrics are not a plan", expected="names that differ, and 1 or more primary ones")
        for arm in (self.treated, self.control):
            if self.shares.get(arm, 0) <= 0:
                raise YourMistake(f"the arm {arm} has no share", expected="a share above 0 of every arm that is read")


@dataclass(frozen=True, slots=True)
class SegmentReading:
    """One segment. p: always-valid, adjusted by Benjamini and Hochberg over the metric's segments. shrunken: the
    difference drawn towards what all segments say together; the number to act on, where the raw one is for the record.
    """

    segment: Any
    units: int
    reading: Reading | None
    p: float | None
    shrunken: float | None


@dataclass(frozen=True, slots=True)
class MetricReading:
    """One metric. units: measured in both arms, treated: of them. means: of both arms, after covariates and strata. p:
    always-valid, adjusted by Holm over the primary metrics; unadjusted for the others, for a guardrail must warn early.
    reading is None while not known.
    """

    metric: str
    primary: bool
    units: int
    reading: Reading | None
    p: float | None
    segments: tuple[SegmentReading, ...]
    treated: int = 0
    means: ArmMeans | None = None


@dataclass(frozen=True, slots=True)
class ExperimentReading:
    """findings: most serious first. metrics: empty where a finding stops the reading (`refused`)."""

    sizes: Mapping[str, int]
    findings: tuple[Finding, ...]
    metrics: tuple[MetricReading, ...]

    @property
    def refused(self) -> bool:
        """Whether the draw is not sound, so that no effect was computed."""
        return any(f.severity == "stop" for f in self.findings)


def read_experiment(engine: Engine, units: ir.Table, plan: Plan) -> ExperimentReading:
    """units: unit_id, arm, entered_on, the columns of the metrics, segment and stratum; one row per unit drawn.

    The draw is checked first (`unit_findings`, sample ratio); unless that stops it, one pass sums every metric and the
    formulas do the rest. It may be called after every day: all p-values and default intervals are always-valid.
    """
    counted = engine.arrow(units.group_by("arm").aggregate(n=units.count())).to_pylist()
    sizes = dict.fromkeys(plan.shares, 0) | {row["arm"]: int(row["n"]) for row in counted}
    found = tuple(f for f in (_ratio(sizes, plan), *unit_findings(engine, units)) if f)
    if any(f.severity == "stop" for f in found):
        return ExperimentReading(sizes, found, ())
    return ExperimentReading(sizes, found, read_metrics(engine, units, plan))


def read_metrics(engine: Engine, units: ir.Table, plan: Plan) -> tuple[MetricReading, ...]:
    """Every metric without a check of the draw: for units that were not drawn, and for those checked already."""
    by = [name for name in dict.fromkeys((plan.segment, plan.stratum)) if name]
    sums = arm_sums(engine, units, plan.metrics, by=(*by, "arm"))
    metrics = [_metric(sums[m.name], m, place < plan.primary, plan, by) for place, m in enumerate(plan.metrics)]
    return adjusted_for_one_another(metrics)


def adjusted_for_one_another(metrics: Sequence[MetricReading]) -> tuple[MetricReading, ...]:
    """The metrics with the p-values of the primary ones, which stand first, adjusted by Holm."""
    primary = [m for m in metrics if m.primary]
    adjusted = holm([m.p for m in primary])
    return (*(replace(m, p=p) for m, p in zip(primary, adjusted, strict=True)), *metrics[len(primary) :])


def _ratio(sizes: Mapping[str, int], plan: Plan) -> Finding | None:
    shares = [plan.shares.get(arm, 0.0) for arm in sizes]
    p = sequential_ratio_p(list(sizes.values()), shares)
    return finding("arm_sizes", "stop", p=p) if p < SPLIT_ALARM else None


def _metric(sums: Sums, metric: Metric, primary: bool, plan: Plan, by: list[str]) -> MetricReading:
    arm = len(by)
    whole = added(sums, (arm,))
    means = _stratified(sums, metric, plan, by.index(plan.stratum)) if plan.stratum else _means(whole, (), metric, plan)
    reading = read(means, plan.planned_units, plan.level) if means else None
    segments = _segments(added(sums, (by.index(plan.segment), arm)), metric, plan) if plan.segment else ()
    p = reading.always_valid_p if reading else None
    treated = whole[plan.treated,].n if (plan.treated,) in whole else 0
    return MetricReading(metric.name, primary, _units(whole, (), plan), reading, p, segments, treated, means)


def _segments(sums: Sums, metric: Metric, plan: Plan) -> tuple[SegmentReading, ...]:
    """Each segment's plan is its share of the whole's."""
    everybody = max(sum(_units(sums, (key,), plan) for key in {k[0] for k in sums}), 1)
    keys = sorted({key[0] for key in sums}, key=lambda k: (k is None, str(k)))
    units = [_units(sums, (key,), plan) for key in keys]
    means = [_means(sums, (key,), metric, plan) for key in keys]
    readings = [
        read(m, plan.planned_units * n / everybody, plan.level) if m else None
        for m, n in zip(means, units, strict=True)
    ]
    p_values = benjamini_hochberg([r.always_valid_p if r else None for r in readings])
    known = [r.difference if r and r.difference.variance > 0 else None for r in readings]
    drawn = shrunken([d.value if d else None for d in known], [d.variance if d else None for d in known])
    values = drawn.values if drawn else (None,) * len(keys)
    return tuple(SegmentReading(*parts) for parts in zip(keys, units, readings, p_values, values, strict=True))


def _stratified(sums: Sums, metric: Metric, plan: Plan, place: int) -> ArmMeans | None:
    by_stratum = added(sums, (place, -1))
    nobody = _nobody(metric)
    strata = [
        tuple(by_stratum.get((stratum, arm), nobody) for arm in (plan.treated, plan.control))
        for stratum in dict.fromkeys(key[0] for key in by_stratum)
    ]
    read_ratio = (lambda arm: _one_number(arm, metric)) if metric.per else None
    found = stratified([(t, c) for t, c in strata], _outcome(metric), metric.adjusting, read_ratio)
    return found.means if found else None


def _means(sums: Sums, key: tuple[Any, ...], metric: Metric, plan: Plan) -> ArmMeans | None:
    nobody = _nobody(metric)
    arms = [_one_number(sums.get((*key, arm), nobody), metric) for arm in (plan.treated, plan.control)]
    return arm_means(arms[0], arms[1], _outcome(metric), metric.adjusting)


def _one_number(arm: CrossMoments, metric: Metric) -> CrossMoments:
    return linearised(arm, metric.value, metric.per, "_ratio") if metric.per else arm


def _outcome(metric: Metric) -> str:
    return "_ratio" if metric.per else metric.value


def _nobody(metric: Metric) -> CrossMoments:
    size = len(metric.numbers)
    return CrossMoments.of_sums(metric.numbers, 0, [0.0] * size, [[0.0] * size] * size)


def _units(sums: Sums, key: tuple[Any, ...], plan: Plan) -> int:
    return sum(sums[*key, arm].n for arm in (plan.treated, plan.control) if (*key, arm) in sums)
