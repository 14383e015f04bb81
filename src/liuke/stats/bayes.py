"""The same difference read as a probability: how likely is it that treating is better, and what does an error cost?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from liuke.errors import YourMistake
from liuke.stats.compare import Interval
from liuke.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Belief:
    """A normal belief about the difference, in the metric's unit."""

    mean: float
    variance: float

    @property
    def chance_to_win(self) -> float:
        """Probability that the treated do better: Φ(mean / sd)."""
        if self.variance == 0:
            return 0.5 if self.mean == 0 else float(self.mean > 0)
        return float(special.ndtr(self.mean / math.sqrt(self.variance)))

    @property
    def loss_if_treated(self) -> float:
        """Expected harm per unit of treating everybody, E[max(0, -difference)]: 0 when harm is out of the question."""
        return _shortfall(self.mean, self.variance)

    @property
    def loss_if_not(self) -> float:
        """Expected good forgone per unit by treating nobody, E[max(0, difference)]."""
        return _shortfall(-self.mean, self.variance)

    def interval(self, level: float = 0.95) -> Interval:
        """The interval that holds the difference with probability `level`, given prior and data."""
        half = float(special.ndtri(0.5 + level / 2)) * math.sqrt(self.variance)
        return Interval(self.mean, self.mean - half, self.mean + half, level)


def weak_prior(estimate: Estimate) -> Belief:
    """Mean 0 and the variance that a single pair of units would give: as much to say as one pair among thousands.

    The unit-information prior: Kass & Wasserman (1995), JASA 90. It says no more than that outcomes differ between
    units as much as they do.
    """
    return Belief(0.0, estimate.variance * estimate.units)


def belief(estimate: Estimate, prior: Belief | None = None) -> Belief:
    """Prior (default: `weak_prior`) and data put together: normal times normal, weighted by 1/variance.

    The likelihood is the estimate's normal approximation (large samples). Expected loss: Stucchio (2015), Bayesian A/B
    testing at VWO. A bank that knows how much its past campaigns achieved may hand that in as the prior: then a
    surprising result is drawn towards the usual. Unlike always-valid intervals this does not protect against stopping
    at a lucky moment.
    """
    before = prior or weak_prior(estimate)
    if not before.variance >= 0 or not math.isfinite(before.mean):
        raise YourMistake("the prior is not a belief", expected="a finite mean and a variance of 0 or more")
    if estimate.variance == 0:
        return Belief(estimate.value, 0.0)
    if before.variance == 0:
        return before
    weight = 1 / estimate.variance + 1 / before.variance
    return Belief((estimate.value / estimate.variance + before.mean / before.variance) / weight, 1 / weight)


def _shortfall(mean: float, variance: float) -> float:
    """E[max(0, -X)] of a normal X: sd·φ(mean/sd) - mean·Φ(-mean/sd)."""
    if variance == 0:
        return max(0.0, -mean)
    deviation = math.sqrt(variance)
    z = mean / deviation
    density = math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return max(0.0, deviation * density - mean * float(special.ndtr(-z)))
