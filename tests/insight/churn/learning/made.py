"""Made-up examples whose truth is known."""

from __future__ import annotations

import numpy as np

from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import CANDIDATES, TrainSettings

QUICK = TrainSettings(
    candidates=CANDIDATES[:1], max_rounds=80, patience=10, members=2, learning_rate=0.1, inner_folds=3
)


def chance(features: np.ndarray) -> np.ndarray:
    """The true probability: one straight effect and one that only trees find."""
    return 1 / (1 + np.exp(1.5 - 1.5 * features[:, 0] - features[:, 1] * features[:, 2]))


def examples(n: int = 1500, seed: int = 0, days: int = 0) -> Examples:
    """Four features a, b, c and noise; with `days`, that many snapshots 30 days apart."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 4))
    label = (rng.random(n) < chance(features)).astype(np.int8)
    group = 738_000 + 30 * (np.arange(n) % days) if days else None
    return Examples(features, ("a", "b", "c", "noise"), label, group)
