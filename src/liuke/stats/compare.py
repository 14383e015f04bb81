"""Two groups of people compared: estimates with intervals, and whether the groups were drawn as planned.

Every function works on counts and moments, so it costs the same for a hundred people and for a hundred
million. Where too few people were measured, the answer is None: "not known yet" is not zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from liuke.stats.moments import Moments, PairMoments

SRM_ALARM = 0.001
"""Below this p-value the arms were not drawn as planned (Fabijan et al., KDD 2019, use the same cut)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its two-sided confidence interval at `level`."""

    estimate: float
    low: float
    high: float
    level: float = 0.95

    def times(self, factor: float) -> Interval:
        """The same for a multiple; a negative factor swaps the ends."""
        ends = sorted((self.low * factor, self.high * factor))
        return Interval(self.estimate * factor, ends[0], ends[1], self.level)

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside: the difference is there, at this level."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Outcome of the sample ratio check: χ² and the chance of so uneven arms when all is well."""

    chi2: float
    p_value: float

    @property
    def alarm(self) -> bool:
        """Whether the arms are so uneven that the comparison should not be believed."""
        return self.p_value < SRM_ALARM


def mean(group: Moments, level: float = 0.95) -> Interval | None:
    """Student's interval of a mean; None for fewer than two people."""
    if group.n < 2:
        return None
    half = _t_quantile(level, group.n - 1) * math.sqrt(group.variance / group.n)
    return Interval(group.mean, group.mean - half, group.mean + half, level)


def difference_of_means(treated: Moments, control: Moments, level: float = 0.95) -> Interval | None:
    """Mean of treated minus mean of control, arms of unlike variance; None when an arm has under two people.

    Welch (1947), Biometrika 34, with Satterthwaite's (1946) degrees of freedom. Very skewed numbers (money)
    need some hundreds of people per arm before the interval covers as often as it says.
    """
    if treated.n < 2 or control.n < 2:
        return None
    return _welch(treated.mean - control.mean, (treated.variance, treated.n), (control.variance, control.n), level)


def proportion(hits: float, n: float, level: float = 0.95) -> Interval | None:
    """Wilson's (1927) score interval of a share; None for nobody. Inside [0, 1] even for 0 or n hits."""
    if n == 0:
        return None
    low, high = _wilson(hits, n, level)
    return Interval(hits / n, low, high, level)


def difference_of_proportions(
    hits_treated: float, n_treated: float, hits_control: float, n_control: float, level: float = 0.95
) -> Interval | None:
    """Share of treated minus share of control; None when an arm is empty. Fractions of people: of weighted ones.

    Newcombe (1998), Statistics in Medicine 17, method 10: the hybrid of two Wilson intervals. Chosen because
    a hold-out is small and its share near 1: there the textbook (Wald) interval covers far less often than it
    says and has no width at 0 or n hits; this one keeps near its level from about ten people on and never
    leaves [-1, 1].
    """
    if n_treated == 0 or n_control == 0:
        return None
    treated, control = (
        Interval(hits / n, *_wilson(hits, n, level), level)
        for hits, n in ((hits_treated, n_treated), (hits_control, n_control))
    )
    return difference_of_intervals(treated, control)


def difference_of_intervals(treated: Interval, control: Interval) -> Interval:
    """Treated minus control, of independent estimates with intervals of one level (square-and-add).

    Zou & Donner (2008), Statistics in Medicine 27: keeps the skewness of the two, needs no distribution.
    """
    gap = treated.estimate - control.estimate
    down = math.hypot(treated.estimate - treated.low, control.high - control.estimate)
    up = math.hypot(treated.high - treated.estimate, control.estimate - control.low)
    return Interval(gap, gap - down, gap + up, treated.level)


def adjusted_difference(treated: PairMoments, control: PairMoments, level: float = 0.95) -> Interval | None:
    """Difference of means of y, made sharper by what was known before the draw (x).

    CUPED: Deng, Xu, Kohavi & Walker, WSDM 2013. y - θx is compared, with θ the slope within arms pooled over
    both; x is independent of the draw, so the estimate stays unbiased while the variance falls by the square
    of the correlation. None when an arm has under three people; a constant x changes nothing.
    """
    if treated.n < 3 or control.n < 3:
        return None
    degrees = (treated.n - 1, control.n - 1)
    spread = degrees[0] * treated.x.variance + degrees[1] * control.x.variance
    together = degrees[0] * treated.covariance + degrees[1] * control.covariance
    slope = together / spread if spread > 0 else 0.0
    gap = (treated.y.mean - control.y.mean) - slope * (treated.x.mean - control.x.mean)
    return _welch(gap, (_residual(treated, slope), treated.n), (_residual(control, slope), control.n), level)


def sample_ratio(observed: Sequence[int], expected: Sequence[float]) -> SampleRatio | None:
    """Pearson's χ² of the arms' sizes against the sizes planned; None before anybody was drawn.

    expected: same order, same sum. Fabijan et al., Diagnosing Sample Ratio Mismatch in Online Controlled
    Experiments, KDD 2019. An alarm means that people were lost or drawn unequally on the way: look for that
    first and do not read the effect.
    """
    if sum(observed) == 0:
        return None
    planned = [(o, e) for o, e in zip(observed, expected, strict=True) if e > 0 or o > 0]
    if any(e <= 0 for _, e in planned):
        return SampleRatio(math.inf, 0.0)
    chi2 = sum((o - e) ** 2 / e for o, e in planned)
    return SampleRatio(chi2, float(special.chdtrc(len(planned) - 1, chi2)) if len(planned) > 1 else 1.0)


def _t_quantile(level: float, degrees: float) -> float:
    # scipy.special, not scipy.stats: the latter takes most of a second to import, on every command.
    return float(special.stdtrit(degrees, 0.5 + level / 2))


def _welch(gap: float, treated: tuple[float, int], control: tuple[float, int], level: float) -> Interval:
    (var1, n1), (var2, n2) = treated, control
    part1, part2 = var1 / n1, var2 / n2
    squared = part1 + part2
    if squared == 0:
        return Interval(gap, gap, gap, level)
    degrees = squared**2 / (part1**2 / (n1 - 1) + part2**2 / (n2 - 1))
    half = _t_quantile(level, degrees) * math.sqrt(squared)
    return Interval(gap, gap - half, gap + half, level)


def _residual(group: PairMoments, slope: float) -> float:
    return max(group.y.variance - 2 * slope * group.covariance + slope**2 * group.x.variance, 0.0)


def _wilson(hits: float, n: float, level: float) -> tuple[float, float]:
    z2 = float(special.ndtri(0.5 + level / 2)) ** 2
    share = hits / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # Rounding may leave 1e-17 where the formula gives exactly 0 or 1.
    return (0.0 if hits == 0 else centre - half), (1.0 if hits == n else centre + half)
