"""Whether a distribution has moved away from the one a model was trained on. Pure; nulls are NaN and count."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from liuke.stats.calibration import calibration_line
from liuke.stats.compare import Interval

Floats = NDArray[np.float64]
PSI_WATCH, PSI_ALARM = 0.1, 0.25
"""The usual reading of PSI (Siddiqi, Credit Risk Scorecards, 2006): below 0.1 steady, from 0.25 shifted."""
EMPTY = 1e-4
"""Share put in the place of an empty bin, so that one does not make PSI infinite."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A distribution in bins: (−∞, edges[0]], (edges[0], edges[1]], …, (edges[-1], ∞), and nulls.

    shares: of all people, one more than edges. null: share of nulls. people: how many it was measured on.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    null: float
    people: int

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"edges": list(self.edges), "shares": list(self.shares), "null": self.null, "people": self.people}


def reference(values: ArrayLike, bins: int = 10) -> Reference:
    """The reference of a number: quantile bins of the values that are not null.

    A value that fills several quantiles gets one bin of its own, so zeros of a sparse feature stay countable.
    """
    v = np.asarray(values, dtype=np.float64)
    known = v[~np.isnan(v)]
    if known.size == 0:
        return Reference((), (0.0,), 1.0 if v.size else 0.0, int(v.size))
    cuts = np.quantile(known, np.arange(1, bins) / bins, method="inverted_cdf")
    edges = np.unique(cuts)
    edges = edges[edges < known.max()]
    # The smallest value, when it is common, must not share a bin with rarer ones below the first cut: it is alone
    # there already, because bins are closed on the right and the first edge is then that value itself.
    shares, null = _shares(v, edges)
    return Reference(tuple(edges.tolist()), tuple(shares.tolist()), null, int(v.size))


def shares_in(of: Reference, values: ArrayLike) -> Reference:
    """The same bins filled with other people's values."""
    v = np.asarray(values, dtype=np.float64)
    shares, null = _shares(v, np.asarray(of.edges, dtype=np.float64))
    return Reference(of.edges, tuple(shares.tolist()), null, int(v.size))


def psi(of: Reference, now: Reference) -> float:
    """Population stability index Σ (now − then)·ln(now ÷ then) over bins, nulls being one; 0 when nothing moved.

    Both must have the same bins. Empty bins count as `EMPTY`.
    """
    if of.edges != now.edges:
        raise ValueError("PSI compares the same bins only")
    then = np.maximum(np.r_[of.shares, of.null], EMPTY)
    seen = np.maximum(np.r_[now.shares, now.null], EMPTY)
    return float(((seen - then) * np.log(seen / then)).sum())


@dataclass(frozen=True, slots=True)
class Distance:
    """Kolmogorov-Smirnov: the largest gap between two cumulative distributions and its p-value (asymptotic)."""

    gap: float
    p_value: float


def ks(first: ArrayLike, second: ArrayLike) -> Distance | None:
    """Two-sample Kolmogorov-Smirnov of the values that are not null; None when a side has none."""
    a, b = (np.asarray(x, dtype=np.float64) for x in (first, second))
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    if a.size == 0 or b.size == 0:
        return None
    from scipy import stats  # takes most of a second, so only here

    found = stats.ks_2samp(a, b, method="asymp")
    return Distance(float(found.statistic), float(found.pvalue))


@dataclass(frozen=True, slots=True)
class RateShift:
    """A rate then and now. z and p: two-sided test of equal proportions with the pooled variance."""

    then: float
    now: float
    z: float
    p_value: float


def label_drift(positives_then: int, people_then: int, positives_now: int, people_now: int) -> RateShift | None:
    """Whether the share of churners has changed; None when a side has nobody."""
    if people_then == 0 or people_now == 0:
        return None
    then, now = positives_then / people_then, positives_now / people_now
    pooled = (positives_then + positives_now) / (people_then + people_now)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / people_then + 1 / people_now))
    if spread == 0:
        return RateShift(then, now, 0.0, 1.0)
    z = (now - then) / spread
    return RateShift(then, now, z, float(2 * special.ndtr(-abs(z))))


@dataclass(frozen=True, slots=True)
class CalibrationDrift:
    """Matured outcomes against the probabilities once given: Cox's line (see `calibration_line`).

    in_the_large: log-odds by which truth exceeds what was said; slope: 1 when the spread of probabilities is right.
    """

    predicted: float
    observed: float
    in_the_large: Interval
    slope: Interval

    @property
    def alarm(self) -> bool:
        """Whether 0 or 1 respectively lies outside an interval: probabilities no longer mean what they say."""
        return self.in_the_large.excludes_zero or not self.slope.low <= 1 <= self.slope.high


def calibration_drift(label: ArrayLike, probability: ArrayLike, level: float = 0.95) -> CalibrationDrift | None:
    """None while the matured outcomes hold one class only or all probabilities are equal."""
    line = calibration_line(label, probability, level)
    if line is None:
        return None
    return CalibrationDrift(
        float(np.mean(np.asarray(probability, dtype=np.float64))),
        float(np.mean(np.asarray(label, dtype=np.float64))),
        *line,
    )


def _shares(values: Floats, edges: Floats) -> tuple[Floats, float]:
    if values.size == 0:
        return np.zeros(edges.size + 1), 0.0
    empty = np.isnan(values)
    where = np.searchsorted(edges, values[~empty], side="left")
    return np.bincount(where, minlength=edges.size + 1) / values.size, float(empty.mean())
