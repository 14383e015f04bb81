"""Inner splits: by time when the examples have snapshots, else stratified by label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liuke.insight.churn.learning.boosting import Fold


def stratified(label: NDArray[np.int8], folds: int, seed: int) -> tuple[Fold, ...]:
    """Each example is held out once; each fold has the whole's share of positives, to within one person."""
    rng = np.random.default_rng(seed)
    fold_of = np.empty(label.size, dtype=np.int64)
    for value in (0, 1):
        rows = rng.permutation(np.flatnonzero(label == value))
        fold_of[rows] = (np.arange(rows.size) + value * folds // 2) % folds
    return tuple((np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in range(folds))


def by_time(group: NDArray[np.int64], label: NDArray[np.int8], folds: int, purge_days: int) -> tuple[Fold, ...]:
    """The last snapshots are held out one after the other; learned from are those over `purge_days` older.

    Oldest first. A snapshot that has one class only, or before which too little is left to learn from, makes no
    fold; so there may be fewer than `folds`, or none.
    """
    made: list[Fold] = []
    for day in np.unique(group)[::-1]:
        past, now = np.flatnonzero(group < day - purge_days), np.flatnonzero(group == day)
        if len(made) < folds and _both(label[past]) and _both(label[now]):
            made.append((past, now))
    return tuple(reversed(made))


def inner_folds(
    label: NDArray[np.int8], group: NDArray[np.int64] | None, folds: int, purge_days: int, seed: int
) -> tuple[Fold, ...]:
    """Time-ordered where snapshots allow it, stratified otherwise."""
    ordered = by_time(group, label, folds, purge_days) if group is not None else ()
    return ordered or stratified(label, max(2, min(folds, int(label.sum()))), seed)


def _both(label: NDArray[np.int8]) -> bool:
    """Enough of both classes to learn from or to judge on."""
    return min(int(label.sum()), int((label == 0).sum())) >= 5
