"""Orders that were never worked: the effect on those whom the treatment reached, beside the headline by intention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liuke.stats.adjusted import arm_means
from liuke.stats.compare import Interval
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.estimate import Estimate, t_quantile
from liuke.stats.fieller import fieller

STRONG = 10.0
"""F of the first stage from which the draw moves the treatment enough (Staiger & Stock 1997, Econometrica 65)."""


@dataclass(frozen=True, slots=True)
class ComplierEffect:
    """by_intention: the difference of the arms as drawn, the headline. reached: difference of the treated shares.

    effect: per customer whom the draw led to be treated; None when the data allow any value. strength: F of `reached`.
    weak: whether that is below 10; the interval still covers as it says then, but its middle means little.
    """

    by_intention: Estimate
    reached: Estimate
    effect: Interval | None
    strength: float
    weak: bool


def complier_effect(
    treated: CrossMoments,
    control: CrossMoments,
    metric: str,
    worked: str,
    covariates: Sequence[str] = (),
    level: float = 0.95,
) -> ComplierEffect | None:
    """(difference of outcomes) ÷ (difference of worked shares), with the interval of Anderson and Rubin.

    worked: 1 where the treatment reached the customer (order worked, call got through), else 0, also in the control arm
    (contacted hold-outs). Wald's estimator as the local average treatment effect: Imbens & Angrist (1994), Econometrica
    62; it needs that being drawn changes the outcome through being worked only, and drives nobody away from it. All r
    with |Δy - r·Δd| ≤ t·error: Anderson & Rubin (1949), Annals of Mathematical Statistics 20, here Fieller's set; right
    however weak the draw. None as in `arm_means`.
    """
    arms = [arm.with_combination("_gap", {metric: 1, worked: -1}) for arm in (treated, control)]
    read = [arm_means(arms[0], arms[1], name, covariates) for name in (metric, worked, "_gap")]
    if read[0] is None or read[1] is None or read[2] is None:
        return None
    outcome, reached, gap = (means.difference for means in read if means is not None)
    # All three are linear in the same slopes, so the covariance follows from Var(y - d).
    covariance = (outcome.variance + reached.variance - gap.variance) / 2
    quantile = t_quantile(0.5 + level / 2, outcome.degrees)
    effect = fieller(outcome.value, reached.value, (outcome.variance, reached.variance), covariance, quantile, level)
    strength = _strength(reached)
    return ComplierEffect(outcome, reached, effect, strength, strength < STRONG)


def _strength(reached: Estimate) -> float:
    if reached.variance == 0:
        return 0.0 if reached.value == 0 else float("inf")
    return reached.value**2 / reached.variance
