"""Medians and other quantiles of two arms, from a few order statistics that the engine picks out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from liuke.errors import YourMistake
from liuke.stats.compare import Interval, difference_of_intervals
from liuke.stats.estimate import Estimate, effective_units


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which values of an arm to pick, counted from 1 in rising order: the quantile and the ends of its interval.

    low is 0 and high is n + 1 where the arm is too small for an end.
    """

    low: int
    middle: int
    high: int


@dataclass(frozen=True, slots=True)
class ArmQuantile:
    """An arm's quantile and its interval; low or high is None where the arm is too small for it."""

    n: int
    value: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, values: npt.ArrayLike, share: float, level: float = 0.95) -> ArmQuantile | None:
        """Of values in memory; None for no values."""
        ordered = np.sort(np.asarray(values, dtype=np.float64))
        if not ordered.size:
            return None
        picked = ranks(ordered.size, share, level)
        low = float(ordered[picked.low - 1]) if picked.low >= 1 else None
        high = float(ordered[picked.high - 1]) if picked.high <= ordered.size else None
        return cls(int(ordered.size), float(ordered[picked.middle - 1]), low, high)


def ranks(n: int, share: float, level: float = 0.95) -> Ranks:
    """The order statistics that bound a quantile whatever the distribution, by the binomial count of values below it.

    David & Nagaraja (2003), Order Statistics, 7.1. The quantile itself is the value at ⌈n·share⌉: the engine's
    quantile_disc, never a value between two customers.
    """
    if not 0 < share < 1:
        raise YourMistake(f"there is no quantile at {share}", expected="a share between 0 and 1, both excluded")
    tail = (1 - level) / 2
    low, high = _binomial_quantile(tail, n, share), _binomial_quantile(1 - tail, n, share) + 1
    return Ranks(low, min(max(math.ceil(n * share - 1e-9), 1), n), high)


def quantile_difference(treated: ArmQuantile, control: ArmQuantile, level: float = 0.95) -> Interval | None:
    """Quantile of treated minus quantile of control; None where an arm is too small for its own interval.

    The arms' intervals are put together as Newcombe does for shares (square-and-add): low = d - sqrt((q₁ - l₁)² + (u₀ -
    q₀)²), and so on. Zou & Donner (2008), Statistics in Medicine 27. Keeps the arms' skewness, needs no density. The
    arms' intervals must be of this `level`. The median customer's difference is not the difference's median.
    """
    if treated.low is None or treated.high is None or control.low is None or control.high is None:
        return None
    return difference_of_intervals(
        Interval(treated.value, treated.low, treated.high, level),
        Interval(control.value, control.low, control.high, level),
    )


def quantile_estimate(treated: ArmQuantile, control: ArmQuantile, level: float = 0.95) -> Estimate | None:
    """The same as an estimate with a variance, for always-valid and other readings of large arms.

    Per arm sd = width of its interval / (2 z): Deng, Knoblich & Lu, KDD 2018, section 4.2.
    """
    if treated.low is None or treated.high is None or control.low is None or control.high is None:
        return None
    z = float(special.ndtri(0.5 + level / 2))
    variance = ((treated.high - treated.low) ** 2 + (control.high - control.low) ** 2) / (2 * z) ** 2
    return Estimate(treated.value - control.value, variance, math.inf, effective_units(treated.n, control.n))


def _binomial_quantile(chance: float, n: int, share: float) -> int:
    """The smallest k with P(Binomial(n, share) ≤ k) ≥ chance."""
    guess = n * share + float(special.ndtri(chance)) * math.sqrt(n * share * (1 - share))
    k = min(max(round(guess), 0), n)
    while k > 0 and special.bdtr(k - 1, n, share) >= chance:
        k -= 1
    while special.bdtr(k, n, share) < chance:
        k += 1
    return k
