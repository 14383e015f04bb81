"""Means of customers who were drawn with different chances, from sums: each weighs by its chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WeightedMoments:
    """Σ vvᵀ, Σ w·vvᵀ and Σ w²·vvᵀ over people, v = (1, first number, second, …); of two groups together their sums.

    In float64 a variance loses digits where |mean| is over about 10^6 standard deviations.
    """

    plain: Floats
    weighted: Floats
    squared: Floats

    @classmethod
    def none(cls, size: int) -> WeightedMoments:
        """Of nobody; size: of v."""
        return cls(*(np.zeros((size, size)) for _ in range(3)))

    @classmethod
    def of(cls, numbers: Sequence[Sequence[float]], weights: Sequence[float]) -> WeightedMoments:
        """Of people in memory, one row of numbers each; the engine gives them for tables."""
        v = np.column_stack([np.ones(len(weights)), np.asarray(numbers, dtype=float)])
        w = np.asarray(weights, dtype=float)
        return cls(v.T @ v, v.T @ (v * w[:, None]), v.T @ (v * (w * w)[:, None]))

    def __add__(self, other: WeightedMoments) -> WeightedMoments:
        """Of both groups together."""
        return WeightedMoments(self.plain + other.plain, self.weighted + other.weighted, self.squared + other.squared)

    @property
    def n(self) -> int:
        """People."""
        return round(float(self.plain[0, 0]))

    @property
    def weight(self) -> float:
        """Σ w."""
        return float(self.weighted[0, 0])

    @property
    def effective(self) -> float:
        """How many people of one weight would tell as much: (Σw)² / Σw² (Kish 1965, Survey Sampling); 0 for nobody."""
        below = float(self.squared[0, 0])
        return self.weight**2 / below if below > 0 else 0.0

    @property
    def scatter(self) -> Floats:
        """Σ (v - v̄)(v - v̄)ᵀ of the numbers, every person alike; needs one person."""
        totals = self.plain[0, 1:]
        found: Floats = self.plain[1:, 1:] - np.outer(totals, totals) / self.plain[0, 0]
        return found

    def mean(self, combination: Sequence[float]) -> float:
        """Σ w·(c·v) / Σ w of a combination of the numbers (Hájek 1971); needs somebody of weight."""
        return float(self.weighted[0, 1:] @ np.asarray(combination)) / self.weight

    def variance(self, combination: Sequence[float]) -> float:
        """Sampling variance of `mean`: Σ w²(c·v - mean)² / (Σ w)² · n/(n-1), never below 0; needs two people.

        With one weight for all it is the textbook's s²/n.
        """
        off = np.r_[-self.mean(combination), np.asarray(combination, dtype=float)]
        spread = float(off @ self.squared @ off) / self.weight**2
        return max(spread * self.n / (self.n - 1), 0.0)


def pooled_slope(treated: WeightedMoments, control: WeightedMoments, y: int, x: int) -> float:
    """Slope of the y-th on the x-th number (1: the first) within arms, pooled over them; 0 where x does not vary."""
    scatter = sum((arm.scatter for arm in (treated, control) if arm.n), np.zeros_like(treated.plain[1:, 1:]))
    size = max(float(arm.plain[x, x]) for arm in (treated, control))
    varies = scatter[x - 1, x - 1] > 1e-12 * size
    return float(scatter[y - 1, x - 1] / scatter[x - 1, x - 1]) if varies else 0.0
