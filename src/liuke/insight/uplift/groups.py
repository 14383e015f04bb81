"""Effects by groups of like prediction: are those expected to gain most those who do, and by as much as was said?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from liuke.insight.uplift.scores import mean_of
from liuke.insight.uplift.trial import Floats
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class Group:
    """People of like predicted effect. predicted: its mean; observed: the mean score, with interval."""

    people: int
    predicted: float
    observed: Interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """groups: from the lowest predicted effect to the highest. slope: of the effect on the prediction, 1 where
    differences are as large as predicted, 0 where there are none (the best linear predictor's; Chernozhukov et al.,
    2018). error: mean gap between predicted and observed over groups, weighted by people.
    """

    groups: tuple[Group, ...]
    slope: Interval | None
    error: float


def calibration(predicted: Floats, effect: Floats, fold: NDArray[np.int64], groups: int = 10) -> Calibration:
    """By groups of equal size. effect: doubly robust scores. fold: people are ranked among those of their own fold,
    since models of different folds have different levels.
    """
    group = group_of(predicted, fold, groups)
    made = []
    for k in range(groups):
        mine = group == k
        observed = mean_of(effect[mine])
        if observed is not None:
            made.append(Group(int(mine.sum()), float(predicted[mine].mean()), observed))
    people = sum(g.people for g in made)
    error = sum(g.people * abs(g.predicted - g.observed.estimate) for g in made) / max(people, 1)
    return Calibration(tuple(made), slope(predicted, effect, fold), error)


def group_of(predicted: Floats, fold: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """(n,) group 0 … groups - 1 by rank within the fold; equal predictions in the order of rows."""
    found = np.empty(predicted.size, dtype=np.int64)
    for k in np.unique(fold):
        mine = np.flatnonzero(fold == k)
        order = mine[np.argsort(predicted[mine], kind="stable")]
        found[order] = np.arange(mine.size) * groups // mine.size
    return found


def slope(predicted: Floats, effect: Floats, fold: NDArray[np.int64], level: float = 0.95) -> Interval | None:
    """Least squares of the scores on the prediction, both as differences from their fold's mean; errors of unlike
    spread (White, 1980). None when predictions do not differ.
    """
    x, y = _centred(predicted, fold), _centred(effect, fold)
    square = float(x @ x)
    if square < 1e-18 * x.size:
        return None
    estimate = float(x @ y) / square
    rest = y - estimate * x
    half = float(special.ndtri(0.5 + level / 2)) * math.sqrt(float(((x * rest) ** 2).sum())) / square
    return Interval(estimate, estimate - half, estimate + half, level)


def gap(predicted: Floats, effect: Floats, fold: NDArray[np.int64], groups: int = 5) -> Interval:
    """Effect of the highest of `groups` groups minus that of the lowest."""
    group = group_of(predicted, fold, groups)
    high, low = effect[group == groups - 1], effect[group == 0]
    centre = float(high.mean() - low.mean())
    half = 1.959963984540054 * math.sqrt(high.var(ddof=1) / high.size + low.var(ddof=1) / low.size)
    return Interval(centre, centre - half, centre + half)


def _centred(values: Floats, fold: NDArray[np.int64]) -> Floats:
    mean = np.bincount(fold, values) / np.maximum(np.bincount(fold), 1)
    return np.asarray(values - mean[fold], dtype=np.float64)
