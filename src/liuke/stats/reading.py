"""One difference read in every way the platform knows: always-valid first, the others beside it."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.stats.arm_means import ArmMeans
from liuke.stats.bayes import Belief, belief
from liuke.stats.compare import Interval
from liuke.stats.confidence_sequence import always_valid, always_valid_p, reach
from liuke.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Reading:
    """difference: estimate and error. always_valid, its p and lift: the default, may be looked at any day; None while
    too few were measured. fixed, its p and lift: right only on the one day planned. belief: with the weak prior.
    """

    difference: Estimate
    always_valid: Interval | None
    always_valid_p: float | None
    always_valid_lift: Interval | None
    fixed: Interval
    fixed_p: float
    fixed_lift: Interval | None
    belief: Belief


def read(means: ArmMeans, planned_units: float, level: float = 0.95, prior: Belief | None = None) -> Reading:
    """All readings of two arms. planned_units: as in `always_valid`, fixed before the start."""
    difference = means.difference
    wide = reach(difference, planned_units, level)
    return Reading(
        difference=difference,
        always_valid=always_valid(difference, planned_units, level),
        always_valid_p=always_valid_p(difference, planned_units, level),
        always_valid_lift=None if wide is None else means.lift(level, wide),
        fixed=difference.interval(level),
        fixed_p=difference.p_value,
        fixed_lift=means.lift(level),
        belief=belief(difference, prior),
    )
