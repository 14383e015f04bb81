"""How well a score puts those who leave before those who stay: pure functions of labels and scores.

Labels are 0 or 1, scores any finite numbers where higher means more likely 1. Equal scores share their ranks. Where
a class is missing a ranking cannot be judged and the answer is None: "not known" is not 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from liuke.stats.compare import Interval

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lift:
    """What the best-ranked `share` of people holds. lift = precision ÷ base rate; recall = share of all positives."""

    share: float
    people: int
    precision: float
    recall: float
    lift: float


def auc(label: ArrayLike, score: ArrayLike) -> float | None:
    """Area under the ROC curve: the chance that a random 1 is ranked above a random 0, ties counting half.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    y, s = _pair(label, score)
    positives = int(y.sum())
    negatives = y.size - positives
    if positives == 0 or negatives == 0:
        return None
    ranks = midranks(s)
    return float((ranks[y].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(label: ArrayLike, score: ArrayLike, level: float = 0.95) -> Interval | None:
    """The AUC with DeLong's interval, on the logit scale so that it stays within 0..1.

    DeLong, DeLong & Clarke-Pearson, Biometrics 1988; midranks as in Sun & Xu, IEEE SPL 2014. A perfect ranking has
    no measured spread: then the interval is the point. None when a class has fewer than two people.
    """
    y, s = _pair(label, score)
    if y.sum() < 2 or (~y).sum() < 2:
        return None
    above, below = _placements(y, s)
    value = float(above.mean())
    spread = math.sqrt(above.var(ddof=1) / above.size + below.var(ddof=1) / below.size)
    if spread == 0 or not 0 < value < 1:
        return Interval(value, value, value, level)
    half = float(special.ndtri(0.5 + level / 2)) * spread / (value * (1 - value))
    centre = float(special.logit(value))
    return Interval(value, float(special.expit(centre - half)), float(special.expit(centre + half)), level)


def auc_difference(label: ArrayLike, first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Interval | None:
    """AUC of `first` minus AUC of `second` on the same people, with DeLong's paired interval."""
    y, one = _pair(label, first)
    _, two = _pair(label, second)
    if y.sum() < 2 or (~y).sum() < 2:
        return None
    above1, below1 = _placements(y, one)
    above2, below2 = _placements(y, two)
    above, below = above1 - above2, below1 - below2
    gap = float(above.mean())
    half = float(special.ndtri(0.5 + level / 2)) * math.sqrt(
        above.var(ddof=1) / above.size + below.var(ddof=1) / below.size
    )
    return Interval(gap, gap - half, gap + half, level)


def average_precision(label: ArrayLike, score: ArrayLike) -> float | None:
    """Area under the precision-recall curve as the mean precision over positives (no interpolation).

    Equal scores enter together. None without positives.
    """
    y, s = _pair(label, score)
    if not y.any():
        return None
    order = np.argsort(-s, kind="stable")
    hits = np.cumsum(y[order])
    ends = np.r_[np.flatnonzero(np.diff(s[order])), y.size - 1]
    precision = hits[ends] / (ends + 1)
    gained = np.diff(np.r_[0, hits[ends]])
    return float((precision * gained).sum() / hits[-1])


def lift_at(label: ArrayLike, score: ArrayLike, share: float) -> Lift | None:
    """Lift of the `share` (0..1) of people ranked highest; None without positives.

    At least one person is taken; the number is rounded up. Of people tied at the cut the expected share of
    positives counts, so the result does not depend on the order of rows.
    """
    y, s = _pair(label, score)
    if not y.any():
        return None
    people = max(1, math.ceil(share * y.size - 1e-9))
    cut = np.partition(s, y.size - people)[y.size - people]
    over, tied = s > cut, s == cut
    taken = float(y[over].sum()) + (people - int(over.sum())) * float(y[tied].mean())
    precision, base = taken / people, float(y.mean())
    return Lift(share, people, precision, taken / float(y.sum()), precision / base)


def midranks(values: ArrayLike) -> Floats:
    """Ranks from 1, equal values sharing the mean of theirs. As scipy.stats.rankdata, whose import takes a second.

    >>> midranks([30, 10, 20, 20]).tolist()
    [4.0, 1.0, 2.5, 2.5]
    """
    _, where, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[where], dtype=np.float64)


def _pair(label: ArrayLike, score: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    y, s = np.asarray(label), np.asarray(score, dtype=np.float64)
    if y.shape != s.shape or y.ndim != 1:
        raise ValueError(f"labels and scores must be two equally long vectors, not {y.shape} and {s.shape}")
    if np.isnan(s).any():
        raise ValueError("a score is not a number")
    return y.astype(bool), s


def _placements(y: NDArray[np.bool_], s: Floats) -> tuple[Floats, Floats]:
    """For each positive the share of negatives below it, for each negative the share of positives above it."""
    m, n = int(y.sum()), int((~y).sum())
    ranks = midranks(s)
    above = (ranks[y] - midranks(s[y])) / n
    below = 1 - (ranks[~y] - midranks(s[~y])) / m
    return above, below
