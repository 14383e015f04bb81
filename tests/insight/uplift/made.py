"""Trials whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from liuke.insight.uplift.boosting import EFFECT_TREES, OUTCOME_TREES
from liuke.insight.uplift.learners import Settings
from liuke.insight.uplift.trial import Floats, Trial

QUICK = Settings(
    outcome=replace(OUTCOME_TREES, rate=0.1, max_rounds=40, patience=8, folds=2),
    effect=replace(EFFECT_TREES, rate=0.1, max_rounds=40, patience=8, folds=2),
    inner_folds=2,
)
NAMES = ("a", "b", "c", "noise")


def effect_of(features: Floats, spread: float) -> Floats:
    """True effect on the chance of success: 0.1 on average, higher with a positive `a`."""
    return 0.1 + spread * np.where(features[:, 0] > 0, 1.0, -1.0)


def trial(n: int = 4000, seed: int = 0, spread: float = 0.15, share: float = 0.5) -> tuple[Trial, Floats]:
    """A trial drawn by lot with `share` treated, and everybody's true effect. The base chance depends on b."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 4))
    effect = effect_of(features, spread)
    base = 0.35 + 0.15 * np.tanh(features[:, 1])
    treated = rng.random(n) < share
    outcome = (rng.random(n) < base + effect * treated).astype(np.float64)
    return Trial(features, NAMES, treated, outcome, np.full(n, share)), effect
