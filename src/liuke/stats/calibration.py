"""Whether a probability means what it says, and maps that make it so. Pure; labels are 0 or 1, probabilities 0..1."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from liuke.stats.compare import Interval

Floats = NDArray[np.float64]
TINY = 1e-9
"""Probabilities are kept this far from 0 and 1 before a logarithm."""


class Calibration(Protocol):
    """A non-decreasing map from a model's own probability to one that can be trusted."""

    def __call__(self, probability: Floats) -> Floats:
        """The calibrated probabilities, same shape."""
        ...

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON; `calibration_from` reads them back."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """The model's own probability as it is."""

    def __call__(self, probability: Floats) -> Floats:
        """See Calibration."""
        return probability

    def as_dict(self) -> dict[str, object]:
        """See Calibration."""
        return {"kind": "identity"}


@dataclass(frozen=True, slots=True)
class Beta:
    """logit(q) = a·ln p − b·ln(1−p) + c, with a, b ≥ 0: Kull, Silva Filho & Flach, AISTATS 2017."""

    a: float
    b: float
    c: float

    def __call__(self, probability: Floats) -> Floats:
        """See Calibration."""
        p = np.clip(probability, TINY, 1 - TINY)
        return np.asarray(special.expit(self.a * np.log(p) - self.b * np.log1p(-p) + self.c), dtype=np.float64)

    def as_dict(self) -> dict[str, object]:
        """See Calibration."""
        return {"kind": "beta", "a": self.a, "b": self.b, "c": self.c}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Linear between the points (x, y), both rising; flat outside. Zadrozny & Elkan, KDD 2002."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, probability: Floats) -> Floats:
        """See Calibration."""
        return np.asarray(np.interp(probability, self.x, self.y), dtype=np.float64)

    def as_dict(self) -> dict[str, object]:
        """See Calibration."""
        return {"kind": "isotonic", "x": list(self.x), "y": list(self.y)}


def calibration_from(plain: Mapping[str, object]) -> Calibration:
    """Reads what `as_dict` wrote; ValueError for anything else."""
    match plain:
        case {"kind": "identity"}:
            return Identity()
        case {"kind": "beta", "a": float(a), "b": float(b), "c": float(c)}:
            return Beta(a, b, c)
        case {"kind": "isotonic", "x": list(x), "y": list(y)} if len(x) == len(y) > 0:
            return Isotonic(tuple(map(float, x)), tuple(map(float, y)))
    raise ValueError("not a calibration")


def fit_beta(label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Beta:
    """Beta calibration by maximum likelihood; convex, so the start does not matter."""
    from scipy import optimize  # slow to import, and only training needs it

    y, p, w = _triple(label, probability, weight)
    up, down = np.log(p), -np.log1p(-p)

    def loss(theta: Floats) -> tuple[float, Floats]:
        z = theta[0] * up + theta[1] * down + theta[2]
        gap = w * (special.expit(z) - y)
        value = float((w * (np.logaddexp(0, z) - y * z)).sum())
        return value, np.array([gap @ up, gap @ down, gap.sum()])

    found = optimize.minimize(
        loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, 100), (0, 100), (-100, 100)]
    )
    return Beta(*(float(v) for v in found.x))


def fit_isotonic(label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Isotonic:
    """Isotonic regression (pool adjacent violators); equal probabilities are pooled first.

    The outer steps are drawn in by half a person, so that no probability is 0 or 1 on the strength of a few people.
    """
    from scipy import optimize  # as above

    y, p, w = _triple(label, probability, weight)
    x, where = np.unique(p, return_inverse=True)
    mass = np.bincount(where, w)
    level = optimize.isotonic_regression(np.bincount(where, w * y) / mass, weights=mass).x
    margin = 0.5 / (y.size + 1)
    level = np.clip(level, margin, 1 - margin)
    # Only the ends of flat stretches bear information; between them the interpolation gives the same.
    keep = np.r_[True, (np.diff(level[:-1]) != 0) | (np.diff(level[1:]) != 0), True] if x.size > 1 else np.array([True])
    return Isotonic(tuple(x[keep].tolist()), tuple(level[keep].tolist()))


def log_loss(label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Mean negative log-likelihood in nats."""
    y, p, w = _triple(label, probability, weight)
    return float(-(w * (y * np.log(p) + (1 - y) * np.log1p(-p))).sum() / w.sum())


def brier(label: ArrayLike, probability: ArrayLike) -> float:
    """Mean squared gap between probability and outcome (Brier, 1950)."""
    gap = np.asarray(probability, dtype=np.float64) - np.asarray(label, dtype=np.float64)
    return float(gap @ gap / gap.size)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """People of like probability: how many, what was predicted on average, what share came true."""

    people: int
    predicted: float
    observed: float
    low: float
    high: float


def reliability(label: ArrayLike, probability: ArrayLike, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Bins of equal mass (people sorted by probability, cut into `bins`; fewer where there are fewer people).

    People of equal probability stay in one bin, so that the result does not depend on the order of rows. low, high:
    Wilson's 95% interval of the observed share.
    """
    y = np.asarray(label, dtype=np.float64)
    p = np.asarray(probability, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    y, p = y[order], p[order]
    wanted = (np.arange(1, bins) * p.size) // bins
    # A cut inside a run of equal values moves to the run's start.
    cuts = np.unique(np.searchsorted(p, p[wanted], side="left")) if p.size else np.array([], dtype=np.int64)
    parts = np.split(np.arange(p.size), cuts)
    return tuple(_bin(y[part], p[part]) for part in parts if part.size)


def expected_calibration_error(label: ArrayLike, probability: ArrayLike, bins: int = 10) -> float:
    """Mean gap between predicted and observed over `reliability` bins, weighted by people (Naeini et al., AAAI 2015).

    Equal-mass bins, as Nixon et al. (CVPR-W 2019) advise: equal-width bins are nearly empty where churn is rare.
    """
    found = reliability(label, probability, bins)
    people = sum(b.people for b in found)
    return sum(b.people * abs(b.predicted - b.observed) for b in found) / people if people else math.nan


def calibration_line(label: ArrayLike, probability: ArrayLike, level: float = 0.95) -> tuple[Interval, Interval] | None:
    """Cox's recalibration (Biometrika 1958): logit(truth) = intercept + slope·logit(p); (0, 1) is perfect.

    intercept: with the slope held at 1 ("calibration in the large": > 0 means more left than was said). slope: with
    a free intercept; < 1 means too extreme. Wald intervals. None when a class is missing or p has one value only.
    """
    y, p, w = _triple(label, probability, None)
    z = special.logit(p)
    if y.min() == y.max() or z.min() == z.max():
        return None
    both, spread = _newton(np.column_stack([np.ones(y.size), z]), y, w, np.zeros(y.size))
    intercept, alone = _newton(np.ones((y.size, 1)), y, w, z)
    return _wald(float(intercept[0]), float(alone[0]), level), _wald(float(both[1]), float(spread[1]), level)


def _newton(design: Floats, y: Floats, w: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Logistic regression with an offset by Newton's method: coefficients and their standard errors."""
    theta = np.zeros(design.shape[1])
    information = np.eye(design.shape[1])
    for _ in range(50):
        q = special.expit(design @ theta + offset)
        information = (design * (w * q * (1 - q))[:, None]).T @ design + 1e-9 * np.eye(theta.size)
        step = np.linalg.solve(information, design.T @ (w * (y - q)))
        theta = theta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return theta, np.sqrt(np.diag(np.linalg.inv(information)))


def _wald(estimate: float, spread: float, level: float) -> Interval:
    half = float(special.ndtri(0.5 + level / 2)) * spread
    return Interval(estimate, estimate - half, estimate + half, level)


def _bin(y: Floats, p: Floats) -> ReliabilityBin:
    n, share, z2 = y.size, float(y.mean()), 1.959963984540054**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return ReliabilityBin(n, float(p.mean()), share, max(centre - half, 0.0), min(centre + half, 1.0))


def _triple(label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    y = np.asarray(label, dtype=np.float64)
    p = np.clip(np.asarray(probability, dtype=np.float64), TINY, 1 - TINY)
    w = np.ones(y.size) if weight is None else np.asarray(weight, dtype=np.float64)
    if not y.shape == p.shape == w.shape or y.ndim != 1 or not y.size:
        raise ValueError(f"needs equally long, non-empty vectors, not {y.shape}, {p.shape} and {w.shape}")
    return y, p, w
