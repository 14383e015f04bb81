"""Intervals that stay right however often they are looked at: the default reading of an experiment.

Asymptotic confidence sequences: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, Time-uniform central limit theory and
asymptotic confidence sequences, Annals of Statistics 52 (2024), Theorem 2.2 (arXiv 2103.06476, 2021): with t units
seen,

    estimate ± error · sqrt( 2·(v + 1)/v · ln( sqrt(v + 1) / α ) ),   v = t·ρ²

holds the truth at every t at once with probability 1 - α, in large samples. ρ says when the sequence is tightest. Its
best value for t* planned units is ρ² = (-W₋₁(-α²/e) - 1)/t* (their appendix B.1; W₋₁: Lambert's W), so that only the
share t/t* of the plan matters. There it is 1.55 times as wide as the fixed-horizon interval at 95%: the price of being
allowed to look every day. A wrong t* costs width, never validity: at a tenth of t* the sequence is 26% wider
than one tuned for that day, at ten times of t* 7%.

t is counted in `Estimate.units`, which grows in proportion to what is known. ρ must stay as it was set at the start.
"""

from __future__ import annotations

import math

from scipy import special

from liuke.errors import YourMistake
from liuke.stats.compare import Interval
from liuke.stats.estimate import Estimate

ENOUGH = 50
"""Pairs of units below which the sequence is not read: the theorem is about large samples, and peeking starts there."""


def always_valid(estimate: Estimate, planned_units: float, level: float = 0.95) -> Interval | None:
    """The confidence sequence at this look. None before `ENOUGH` units: not known yet.

    planned_units: `Estimate.units` that the experiment is planned to have at its end (`estimate.effective_units` of
    both arms), fixed before the start. With few
    degrees of freedom (clusters) Student's tail takes the normal one's place.
    """
    found = reach(estimate, planned_units, level)
    if found is None:
        return None
    half = found * estimate.error
    return Interval(estimate.value, estimate.value - half, estimate.value + half, level)


def reach(estimate: Estimate, planned_units: float, level: float = 0.95) -> float | None:
    """Standard errors to either side of the estimate; None as in `always_valid`."""
    if not estimate.units >= ENOUGH:
        return None
    return width_factor(estimate.units, planned_units, level) * _tail(estimate.degrees, level)


def always_valid_p(estimate: Estimate, planned_units: float, level: float = 0.95) -> float | None:
    """The smallest α at which the sequence of the same ρ leaves out zero; below 1 - level exactly when that does.

    p = min(1, sqrt(v + 1) · exp(-z²·v / (2·(v + 1)))). May be looked at after every unit.
    """
    if not estimate.units >= ENOUGH:
        return None
    if estimate.variance == 0:
        return estimate.p_value
    v = _intrinsic_time(estimate.units, planned_units, level)
    z = estimate.value / estimate.error / _tail(estimate.degrees, level)
    return min(1.0, math.exp(0.5 * math.log1p(v) - z * z * v / (2 * (v + 1))))


def width_factor(units: float, planned_units: float, level: float = 0.95) -> float:
    """How many standard errors the sequence reaches to either side after `units` of `planned_units`."""
    v = _intrinsic_time(units, planned_units, level)
    return math.sqrt(2 * (v + 1) / v * (0.5 * math.log1p(v) - math.log(1 - level)))


def _intrinsic_time(units: float, planned_units: float, level: float) -> float:
    if not planned_units > 0 or not math.isfinite(planned_units):
        raise YourMistake(
            f"the experiment is planned for {planned_units} units",
            expected="a number above 0, fixed before the start",
            then="take it from the plan: how many units are needed for the effect worth finding",
        )
    alpha = 1 - level
    best = float(-special.lambertw(-alpha * alpha / math.e, -1).real - 1)
    return best * units / planned_units


def _tail(degrees: float, level: float) -> float:
    """Student's quantile over the normal one: 1 in large samples."""
    if math.isinf(degrees):
        return 1.0
    return float(special.stdtrit(degrees, 0.5 + level / 2) / special.ndtri(0.5 + level / 2))
