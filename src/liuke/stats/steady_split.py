"""Was the split the same all the time? A split changed half-way mixes periods unequally into the arms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from liuke.errors import YourMistake
from liuke.stats.compare import SampleRatio

ENOUGH = 5.0
"""Expected units in a cell below which χ² is not to be trusted (Cochran 1954, Biometrics 10): such periods are joined
to their neighbours."""


def steady_split(counts: Sequence[Sequence[int]]) -> SampleRatio | None:
    """Pearson's χ² of homogeneity: do the arms' shares differ between periods more than luck would have them?

    counts: per period, in order, the units that entered each arm. Needs no planned split, so it finds a change also
    where all in all the shares look right. None with one period or arm to compare. An alarm (`SampleRatio.alarm`)
    means: read the periods apart, or put them together as strata (`stratified`), never as one.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.size and (table.ndim != 2 or (table < 0).any() or not np.isfinite(table).all()):
        raise YourMistake("these are no counts of entrants", expected="one number of 0 or more per period and arm")
    if table.size:
        table = table[:, table.sum(axis=0) > 0]
        table = _joined(table[table.sum(axis=1) > 0])
    if table.size == 0 or min(table.shape) < 2:
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return SampleRatio(chi2, float(special.chdtrc(math.prod(n - 1 for n in table.shape), chi2)))


def _joined(table: np.ndarray) -> np.ndarray:
    """Periods joined until each expects ENOUGH units in its smallest arm."""
    least = ENOUGH / (table.sum(axis=0) / table.sum()).min() if table.size else 0.0
    rows: list[np.ndarray] = []
    for row in table:
        if rows and rows[-1].sum() < least:
            rows[-1] = rows[-1] + row
        else:
            rows.append(row)
    if len(rows) > 1 and rows[-1].sum() < least:
        rows[-2:] = [rows[-2] + rows[-1]]
    return np.array(rows)
