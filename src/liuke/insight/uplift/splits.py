"""Who is held out when: folds with the same share of every arm × outcome."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fold_of(cells: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """(n,) fold of each person, 0 … folds - 1; each fold has the whole's share of every cell, to within one person."""
    rng = np.random.default_rng(seed)
    found = np.empty(cells.size, dtype=np.int64)
    start = 0
    for cell in np.unique(cells):
        rows = rng.permutation(np.flatnonzero(cells == cell))
        found[rows] = (np.arange(rows.size) + start) % folds
        start += rows.size
    return found
