"""One estimated number with its sampling variance: what every reading of an experiment starts from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, its sampling variance and the degrees of freedom of that variance (infinite: normal).

    units: 1 / (1/n₁ + 1/n₀), the pairs of units that carry it; what is known grows in proportion to it, whatever the
    arms' shares are. Units are customers, or clusters where clusters were drawn.
    """

    value: float
    variance: float
    degrees: float = math.inf
    units: float = math.nan

    @property
    def error(self) -> float:
        """The standard error."""
        return math.sqrt(self.variance)

    def interval(self, level: float = 0.95) -> Interval:
        """The fixed-horizon interval: right when it is read once, on a day chosen beforehand."""
        half = t_quantile(0.5 + level / 2, self.degrees) * self.error
        return Interval(self.value, self.value - half, self.value + half, level)

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference, read once. Without any spread 1 at zero and 0 elsewhere."""
        if self.variance == 0:
            return 1.0 if self.value == 0 else 0.0
        size = abs(self.value) / self.error
        if math.isinf(self.degrees):
            return float(2 * special.ndtr(-size))
        return float(2 * special.stdtr(self.degrees, -size))


def t_quantile(share: float, degrees: float) -> float:
    """Student's quantile; the normal one for infinite degrees."""
    # scipy.special, not scipy.stats: the latter takes most of a second to import, on every command.
    return float(special.ndtri(share) if math.isinf(degrees) else special.stdtrit(degrees, share))


def satterthwaite(parts: tuple[tuple[float, float], ...]) -> float:
    """Degrees of freedom of a sum of independent variances: (variance of the part, its degrees) each.

    Satterthwaite (1946), Biometrics Bulletin 2: (Σ v)² / Σ v²/d. Infinite when nothing varies.
    """
    below = sum(variance**2 / degrees for variance, degrees in parts if variance > 0)
    return sum(variance for variance, _ in parts) ** 2 / below if below > 0 else math.inf


def effective_units(treated: float, control: float) -> float:
    """1 / (1/n₁ + 1/n₀): 2,000 treated beside 100 held out tell as much as 95 pairs."""
    return treated * control / (treated + control)
