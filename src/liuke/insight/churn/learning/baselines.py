"""Simpler scores on the same split: a model is worth its trouble only as far as it beats them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liuke.insight.churn.learning.data import Examples, Floats, Matrix
from liuke.insight.churn.learning.evaluate import Baseline, Labels, figures
from liuke.stats.ranking import auc, auc_difference

MAX_FITTED = 200_000
"""Examples the logistic regression learns from at most; more change nothing in its second decimal."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A baseline's score of each validation example. probability: whether it may be judged as one."""

    name: str
    score: Floats
    probability: bool = False


@dataclass(frozen=True, slots=True)
class SingleFeature:
    """The feature that alone ranks best on the training examples. sign: -1 when low values mean churn."""

    name: str
    auc: float
    sign: int
    null_high: bool


def logistic(train: Examples, rows: Matrix, *, seed: int) -> Floats:
    """Probabilities of an L2-penalised logistic regression on standardised features.

    Features are cut to the training examples' 1st and 99th percentile, nulls take the median and get a flag of
    their own: the usual scorecard practice. No class weights.
    """
    from sklearn.exceptions import ConvergenceWarning  # slow to import, and only training needs it
    from sklearn.linear_model import LogisticRegression

    learn = np.arange(len(train))
    if len(train) > MAX_FITTED:
        learn = np.sort(np.random.default_rng(seed).choice(len(train), MAX_FITTED, replace=False))
    prepared = _Standard.of(train.features[learn])
    model = LogisticRegression(C=1.0, max_iter=500, random_state=seed)
    weight = None if train.weight is None else train.weight[learn]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(prepared.apply(train.features[learn]), train.label[learn], sample_weight=weight)
    return np.asarray(model.predict_proba(prepared.apply(rows))[:, 1], dtype=np.float64)


def best_single(train: Examples) -> SingleFeature:
    """The best feature alone, in either direction, with nulls at either end; chosen on `train`."""
    best = SingleFeature(train.names[0], 0.0, 1, False)
    for position, name in enumerate(train.names):
        values = np.asarray(train.features[:, position], dtype=np.float64)
        if np.isnan(values).all():
            continue
        for null_high in (False, True):
            found = auc(train.label, _filled(values, 1, null_high)) or 0.5
            sign = 1 if found >= 0.5 else -1
            reached = max(found, 1 - found)
            if reached > best.auc:
                best = SingleFeature(name, reached, sign, null_high)
    return best


def single_score(single: SingleFeature, examples: Examples) -> Floats:
    """The score of a single feature: higher means more likely to churn."""
    return _filled(examples.column(single.name), single.sign, single.null_high)


def score_baselines(
    train: Examples, valid: Examples, one_liners: Mapping[str, Floats] | None, *, seed: int
) -> tuple[Scored, ...]:
    """Every baseline's score of `valid`: logistic regression, the caller's one-liners, the best single feature.

    one_liners: name to a score (n valid,), higher meaning more likely to churn; NaN counts as the lowest.
    """
    given = tuple(Scored(name, _filled(score, 1, False)) for name, score in (one_liners or {}).items())
    single = best_single(train)
    return (
        Scored("logistic regression", logistic(train, valid.features, seed=seed), probability=True),
        *given,
        Scored(f"best single feature: {single.name}", single_score(single, valid)),
    )


def against(label: Labels, model: Floats, scored: Scored) -> Baseline:
    """A baseline's figures and how far the model is ahead of it."""
    return Baseline(
        scored.name,
        figures(label, scored.score, probability=scored.probability),
        auc_difference(label, model, scored.score),
    )


@dataclass(frozen=True, slots=True)
class _Standard:
    low: Floats
    high: Floats
    median: Floats
    mean: Floats
    spread: Floats
    flagged: Floats

    @classmethod
    def of(cls, features: Matrix) -> _Standard:
        values = np.asarray(features, dtype=np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # columns without any value
            low, median, high = np.nan_to_num(np.nanquantile(values, (0.01, 0.5, 0.99), axis=0))
        filled = np.clip(np.where(np.isnan(values), median, values), low, high)
        spread = filled.std(axis=0)
        empty = np.flatnonzero(np.isnan(values).any(axis=0)).astype(np.float64)
        return cls(low, high, median, filled.mean(axis=0), np.where(spread > 0, spread, 1.0), empty)

    def apply(self, features: Matrix) -> Floats:
        values = np.asarray(features, dtype=np.float64)
        filled = np.clip(np.where(np.isnan(values), self.median, values), self.low, self.high)
        flags = np.isnan(values[:, self.flagged.astype(np.intp)]).astype(np.float64)
        return np.hstack([(filled - self.mean) / self.spread, flags])


def _filled(values: Floats, sign: int, null_high: bool) -> Floats:
    """The values in the given direction; nulls beyond one end (that of the values themselves)."""
    empty = np.isnan(values)
    if empty.all():
        return np.zeros(values.size)
    known = values[~empty]
    end = known.max() + 1 if null_high else known.min() - 1
    return np.asarray(sign * np.where(empty, end, values), dtype=np.float64)
