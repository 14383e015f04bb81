"""How often intervals hold the truth."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from liuke.stats.compare import Interval


def covered(intervals: Iterable[Interval | None], truth: float) -> float:
    """Share of intervals that hold the truth; no interval counts as a miss."""
    return float(np.mean([i is not None and i.low <= truth <= i.high for i in intervals]))
