"""The interval of a ratio of two noisy numbers, honest also where the number below is near zero."""

from __future__ import annotations

import math

from liuke.stats.compare import Interval


def fieller(
    above: float, below: float, variances: tuple[float, float], covariance: float, quantile: float, level: float
) -> Interval | None:
    """The ratio above / below with every ratio r that the data do not contradict.

    Those are (above - r·below)² ≤ q²·Var(above - r·below): Fieller (1954), Some problems in interval estimation, JRSS B
    16. The delta method divides by the number below as if it were known, so its interval covers too seldom when that
    number is within some three or four standard errors of zero; this one covers as often as it says. None when the
    number below cannot be told from zero: then the set is no interval (everything, or everything but a hole), and no
    ratio is known. variances: of above and of below. quantile: standard errors to either side.
    """
    q2 = quantile * quantile
    a = below * below - q2 * variances[1]
    b = above * below - q2 * covariance
    c = above * above - q2 * variances[0]
    if a <= 0:
        return None
    # Inside the root is never negative while a > 0, but for rounding.
    root = math.sqrt(max(b * b - a * c, 0.0))
    return Interval(above / below, (b - root) / a, (b + root) / a, level)


def known_over(above: float, below: Interval) -> Interval | None:
    """The ratio above / below when only the number below is noisy: Fieller's set is then above / its interval's ends.

    None unless the interval below lies above zero: otherwise no ratio is known. Takes the interval as it is, so a
    ratio is known exactly when the number below can be told from zero, by whatever method that interval was made.
    """
    if below.low <= 0:
        return None
    ends = sorted((above / below.high, above / below.low))
    return Interval(above / below.estimate, ends[0], ends[1], below.level)


def delta(
    above: float, below: float, variances: tuple[float, float], covariance: float, quantile: float, level: float
) -> Interval | None:
    """The same by the delta method: symmetric, and right only when `below` is far from zero. None at zero.

    Var ≈ (v_a - 2r·cov + r²·v_b) / below², r = above / below.
    """
    if below == 0:
        return None
    ratio = above / below
    variance = (variances[0] - 2 * ratio * covariance + ratio * ratio * variances[1]) / (below * below)
    half = quantile * math.sqrt(max(variance, 0.0))
    return Interval(ratio, ratio - half, ratio + half, level)
