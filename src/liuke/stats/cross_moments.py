"""Sufficient statistics of several numbers per unit: count, means and products about the means.

All formulas of an experiment (ratios, covariates, lifts, compliers) are linear algebra on these. Held about the means,
because raw sums of squares lose digits when the mean is large against the spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from liuke.errors import YourMistake, did_you_mean
from liuke.stats.moments import Moments, PairMoments

Floats = npt.NDArray[np.float64]
_ROUNDING = 1e-9
"""Relative size below which a negative sum of squares is rounding, not a mistake."""


@dataclass(frozen=True, slots=True, eq=False)
class CrossMoments:
    """Of `n` units: means (k,) and scatter (k, k), the sums of (v_i - mean_i)·(v_j - mean_j); names: what v are.

    Two of them add up to the whole's. With n = 0 means and scatter are zeros.
    """

    names: tuple[str, ...]
    n: int
    means: Floats
    scatter: Floats

    def __post_init__(self) -> None:
        self._check_finite()
        squares = np.diagonal(self.scatter)
        size = self.n * self.means**2 + np.abs(squares)
        if (squares < -_ROUNDING * np.maximum(size, 1e-300)).any():
            wrong = self.names[int(np.argmin(squares))]
            raise YourMistake(
                f"the sums of {wrong} give a negative variance",
                expected="count, sums and products of the same units",
                then="sum all of them in one query over the same rows",
            )

    def _check_finite(self) -> None:
        bad = ~(
            np.isfinite(self.means) & np.isfinite(self.scatter).all(axis=0) & np.isfinite(np.diagonal(self.scatter))
        )
        if self.n and bad.any():
            # One infinite value spoils the products with all others: its own square names it.
            own = ~np.isfinite(np.diagonal(self.scatter))
            wrong = self.names[int(np.flatnonzero(own if own.any() else bad)[0])]
            raise YourMistake(
                f"{wrong} holds values that are not finite numbers",
                expected="numbers, or nothing where it was not measured",
                then=f"look for rows where {wrong} is infinite or not a number, and leave it empty there",
            )

    @classmethod
    def of(cls, values: Mapping[str, npt.ArrayLike]) -> CrossMoments:
        """Of values in memory, one array per name, equally long; the engine gives them for tables."""
        table = np.column_stack([np.asarray(v, dtype=np.float64) for v in values.values()])
        n = len(table)
        with np.errstate(invalid="ignore", over="ignore"):
            means = table.mean(axis=0) if n else np.zeros(table.shape[1])
            off = table - means
            return cls(tuple(values), n, means, off.T @ off)

    @classmethod
    def of_sums(cls, names: Sequence[str], n: int, sums: npt.ArrayLike, products: npt.ArrayLike) -> CrossMoments:
        """From raw sums (k,) and sums of products (k, k), as an engine returns them."""
        total = np.asarray(sums, dtype=np.float64)
        if n == 0:
            return cls(tuple(names), 0, np.zeros(len(total)), np.zeros((len(total), len(total))))
        with np.errstate(invalid="ignore", over="ignore"):
            return cls(tuple(names), n, total / n, np.asarray(products, np.float64) - np.outer(total, total) / n)

    def __add__(self, other: CrossMoments) -> CrossMoments:
        """Of both groups together (Chan, Golub & LeVeque 1983, The American Statistician 37)."""
        if self.names != other.names:
            raise ValueError(f"moments of {self.names} and of {other.names} do not add up")
        if not self.n or not other.n:
            return self if self.n else other
        n = self.n + other.n
        gap = other.means - self.means
        between = np.outer(gap, gap) * (self.n * other.n / n)
        return CrossMoments(self.names, n, self.means + gap * (other.n / n), self.scatter + other.scatter + between)

    @property
    def covariance(self) -> Floats:
        """The unbiased sample covariance matrix (k, k); needs n ≥ 2."""
        return self.scatter / (self.n - 1)

    def mean(self, name: str) -> float:
        """The mean of one of the numbers."""
        return float(self.means[self.at(name)])

    def variance(self, name: str) -> float:
        """Its unbiased sample variance, never below 0; needs n ≥ 2."""
        at = self.at(name)
        return max(float(self.scatter[at, at]) / (self.n - 1), 0.0)

    def at(self, name: str) -> int:
        """Where `name` stands. Raises YourMistake for a name that was not summed."""
        if name not in self.names:
            raise YourMistake(f"{name} was not summed", expected=did_you_mean(name, self.names))
        return self.names.index(name)

    def pick(self, *names: str) -> CrossMoments:
        """Of these numbers only, in this order."""
        at = [self.at(name) for name in names]
        return CrossMoments(tuple(names), self.n, self.means[at], self.scatter[np.ix_(at, at)])

    def with_combination(self, name: str, weights: Mapping[str, float], constant: float = 0.0) -> CrossMoments:
        """With one more number: constant + Σ weight · number."""
        row = np.zeros(len(self.names))
        for part, weight in weights.items():
            row[self.at(part)] = weight
        mix = np.vstack([np.eye(len(self.names)), row])
        means = mix @ self.means
        means[-1] += constant if self.n else 0.0
        return CrossMoments((*self.names, name), self.n, means, mix @ self.scatter @ mix.T)

    def moments(self, name: str) -> Moments:
        """Count, sum and sum of squares of one number."""
        at, mean = self.at(name), self.mean(name)
        return Moments(self.n, self.n * mean, float(self.scatter[at, at]) + self.n * mean * mean)

    def pair(self, y: str, x: str) -> PairMoments:
        """The moments of two of the numbers with their cross-product."""
        cross = float(self.scatter[self.at(y), self.at(x)]) + self.n * self.mean(y) * self.mean(x)
        return PairMoments(self.moments(y), self.moments(x), cross)
