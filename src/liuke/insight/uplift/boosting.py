"""Small, strongly regularised LightGBM models of an outcome or of an effect; deterministic by seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from liuke.insight.churn.learning.boosting import threads_for
from liuke.insight.uplift.trial import Floats

if TYPE_CHECKING:
    # At run time inside the functions: it brings scikit-learn along, two seconds that every command would pay.
    import lightgbm as lgb


@dataclass(frozen=True, slots=True)
class Trees:
    """The size of the trees. leaf_share: people a leaf has at least, as a share of those learned from.

    max_rounds: boosting stops before when `patience` more rounds do not lower the loss on `folds` inner folds.
    """

    leaves: int
    leaf_share: float
    rate: float
    l2: float
    max_rounds: int
    patience: int
    folds: int = 4


OUTCOME_TREES = Trees(leaves=8, leaf_share=0.005, rate=0.05, l2=10.0, max_rounds=400, patience=25)
"""Of an outcome: as a churn model, smaller."""
EFFECT_TREES = Trees(leaves=4, leaf_share=0.03, rate=0.03, l2=10.0, max_rounds=200, patience=25)
"""Of an effect: the noise is many times the signal, so few leaves with many people in each."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A model of one number per person. booster: None where nothing could be learned and everybody gets `level`.

    rounds: how many were boosted.
    """

    booster: lgb.Booster | None
    level: float
    rounds: int = 0

    def predict(self, features: Floats) -> Floats:
        """(n,) expected outcome (a probability for yes-or-no) or effect."""
        if self.booster is None:
            return np.full(len(features), self.level)
        return np.asarray(self.booster.predict(features, num_threads=threads_for(features.size)), dtype=np.float64)


def fit(
    features: Floats, target: Floats, trees: Trees, seed: int, *, binary: bool = False, rounds: int | None = None
) -> Fitted:
    """Boosts for as many rounds as did best on inner folds, or as many as are given.

    A target that is one value, or that no round describes better than its mean, gives the mean for everybody. No class
    weights: they would bend probabilities, and effects are their differences.
    """
    import lightgbm as lgb

    level = float(target.mean())
    if target.min() == target.max() or not features.shape[1] or target.size < 4 * trees.folds:
        return Fitted(None, level)
    chosen = _parameters(features, trees, seed, binary)
    data = lgb.Dataset(features, target, params=chosen)
    if rounds is None:
        rounds = _best_rounds(data, target, trees, chosen, seed)
    return Fitted(lgb.train(chosen, data, num_boost_round=rounds), level, rounds) if rounds else Fitted(None, level)


def _best_rounds(data: lgb.Dataset, target: Floats, trees: Trees, chosen: dict[str, Any], seed: int) -> int:
    """With the lowest mean loss on inner folds; 0 when that is no lower than the mean's own."""
    import lightgbm as lgb

    found = lgb.cv(
        chosen,
        data.construct(),
        num_boost_round=trees.max_rounds,
        folds=_inner(target, trees.folds, seed),
        callbacks=[lgb.early_stopping(trees.patience, verbose=False)],
    )
    curve = next(np.asarray(v) for k, v in found.items() if k.endswith("-mean"))
    binary = chosen["objective"] == "binary"
    return 0 if float(curve.min()) >= _loss_of_mean(target, binary) else int(np.argmin(curve)) + 1


def _parameters(features: Floats, trees: Trees, seed: int, binary: bool) -> dict[str, Any]:
    return {
        "objective": "binary" if binary else "regression",
        "metric": "binary_logloss" if binary else "l2",
        "learning_rate": trees.rate,
        "num_leaves": trees.leaves,
        "min_data_in_leaf": max(20, round(trees.leaf_share * len(features))),
        "lambda_l2": trees.l2,
        "max_bin": 63,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": threads_for(features.size),
        "verbosity": -1,
    }


def _inner(target: Floats, folds: int, seed: int) -> list[tuple[Any, Any]]:
    fold = np.random.default_rng(seed).permutation(target.size) % folds
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def _loss_of_mean(target: Floats, binary: bool) -> float:
    level = float(target.mean())
    if binary:
        return -(level * math.log(level) + (1 - level) * math.log1p(-level))
    return float(target.var())
