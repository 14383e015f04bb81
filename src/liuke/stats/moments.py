"""Sufficient statistics: what the engine sums up, and all that the formulas need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, sum and sum of squares of one number per person. Two of them add up to the whole's.

    In float64 the variance loses digits when |mean| is over about 10^6 times the standard deviation; let the
    engine subtract a constant first where that may be.
    """

    n: int
    total: float
    squares: float

    @classmethod
    def of(cls, values: ArrayLike) -> Moments:
        """The moments of values in memory; the engine gives them for tables."""
        array = np.asarray(values, dtype=float)
        return cls(int(array.size), float(array.sum()), float((array * array).sum()))

    @classmethod
    def of_count(cls, hits: int, n: int) -> Moments:
        """The moments of n zeros and ones, `hits` of them ones."""
        return cls(n, float(hits), float(hits))

    def __add__(self, other: Moments) -> Moments:
        """Of both groups together."""
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """The mean; ZeroDivisionError when empty."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """The unbiased sample variance (n - 1), never below 0; needs n ≥ 2."""
        return max((self.squares - self.total * self.total / self.n) / (self.n - 1), 0.0)


@dataclass(frozen=True, slots=True)
class PairMoments:
    """Moments of an outcome y and a covariate x of the same people, with their cross-product."""

    y: Moments
    x: Moments
    products: float

    @classmethod
    def of(cls, y: ArrayLike, x: ArrayLike) -> PairMoments:
        """The moments of paired values in memory."""
        cross = np.asarray(y, dtype=float) * np.asarray(x, dtype=float)
        return cls(Moments.of(y), Moments.of(x), float(cross.sum()))

    def __add__(self, other: PairMoments) -> PairMoments:
        """Of both groups together."""
        return PairMoments(self.y + other.y, self.x + other.x, self.products + other.products)

    @property
    def n(self) -> int:
        """People."""
        return self.y.n

    @property
    def covariance(self) -> float:
        """The unbiased sample covariance; needs n ≥ 2."""
        return (self.products - self.y.total * self.x.total / self.n) / (self.n - 1)
