"""The means of two arms with what is known about both together: one shape for every way to come by them."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.stats.compare import Interval
from liuke.stats.estimate import Estimate, t_quantile
from liuke.stats.fieller import fieller


@dataclass(frozen=True, slots=True)
class ArmMeans:
    """Mean outcome of the treated and of the control arm, their sampling variances and covariance.

    The covariance is 0 for two plain means and not 0 once both were adjusted by the same slope. degrees, units: as in
    Estimate.
    """

    treated: float
    control: float
    variance_treated: float
    variance_control: float
    covariance: float
    degrees: float
    units: float

    @property
    def difference(self) -> Estimate:
        """Treated minus control."""
        variance = self.variance_treated + self.variance_control - 2 * self.covariance
        return Estimate(self.treated - self.control, max(variance, 0.0), self.degrees, self.units)

    def lift(self, level: float = 0.95, reach: float | None = None) -> Interval | None:
        """Treated ÷ control - 1, with Fieller's interval; None when the control mean cannot be told from zero.

        Fieller and not the delta method: a hold-out's mean of money is small and noisy, and there the delta method
        covers too seldom. reach: standard errors to either side, those of a confidence sequence for a lift that may be
        read at any time; Student's by default. The estimate is a ratio of means, not a mean of the customers' ratios.
        The interval holds 0 exactly when that of the difference (of the same reach) does.
        """
        quantile = t_quantile(0.5 + level / 2, self.degrees) if reach is None else reach
        variances = self.variance_treated, self.variance_control
        found = fieller(self.treated, self.control, variances, self.covariance, quantile, level)
        return found and Interval(found.estimate - 1, found.low - 1, found.high - 1, level)
