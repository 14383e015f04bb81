"""Training: check, search on inner folds, blend, calibrate out of fold, fit on everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from liuke.insight.churn.learning import boosting
from liuke.insight.churn.learning.calibrate import choose_calibration
from liuke.insight.churn.learning.checks import Finding, check_examples
from liuke.insight.churn.learning.data import Examples, Floats
from liuke.insight.churn.learning.folds import inner_folds
from liuke.insight.churn.learning.library import needs_lightgbm
from liuke.insight.churn.learning.model import Model
from liuke.insight.churn.learning.preparation import fit_preparation
from liuke.insight.churn.learning.settings import Candidate, TrainSettings
from liuke.stats.drift import reference


@dataclass(frozen=True, slots=True)
class Choice:
    """What the search found: one line per candidate, and which one was taken."""

    candidate: str
    rounds: int
    log_loss: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and how it came about.

    valid_score: calibrated probabilities of the validation examples, which nothing was fitted on (None without
    them). inner_score: the same for the training examples, out of fold, NaN where no fold held them out.
    """

    model: Model
    seed: int
    settings: TrainSettings
    findings: tuple[Finding, ...]
    search: tuple[Choice, ...]
    calibration_losses: dict[str, float]
    inner_score: Floats
    valid_score: Floats | None


def train(train: Examples, valid: Examples | None, *, seed: int, settings: TrainSettings | None = None) -> Trained:
    """Learns from `train` only; `valid` is scored and never fitted on, so its figures are honest.

    Rounds, tree size and calibration are chosen on inner folds of `train`: by time (with `purge_days`) when it has
    `group`, else stratified. Raises YourMistake as `checks.check_examples` does.
    """
    needs_lightgbm()
    settings = settings or TrainSettings()
    kept, findings = check_examples(train, settings)
    preparation = fit_preparation(train, kept, settings)
    columns = preparation.apply_to_learned(train, seed)
    whole = boosting.binned(columns, train.label, train.weight, settings)
    rows = _search_rows(train, settings, seed)
    sample = train.take(rows)
    folds = inner_folds(sample.label, sample.group, settings.inner_folds, settings.purge_days, seed)
    part = whole if len(rows) == len(train) else boosting.binned(columns[rows], sample.label, sample.weight, settings)
    tried = [(c, boosting.search(part, folds, c.parameters, settings, seed)) for c in settings.candidates]
    best, found = min(tried, key=lambda pair: pair[1].log_loss)
    calibration, losses = choose_calibration(sample.label, special.expit(found.scores), sample.weight, seed)
    members = tuple(
        boosting.fit(whole, best.parameters, settings, seed + k, found.rounds) for k in range(settings.members)
    )
    inner = np.full(len(train), np.nan)
    inner[rows] = calibration(np.asarray(special.expit(found.scores)))
    model = Model(
        preparation,
        members,
        (1 / len(members),) * len(members),
        calibration,
        {name: reference(train.features[:, k]) for k, name in enumerate(train.names)},
        reference(inner[~np.isnan(inner)]),
    )
    return Trained(
        model,
        seed,
        settings,
        findings,
        _choices(tried, best),
        losses,
        inner,
        None if valid is None else model.predict(valid.features),
    )


def _search_rows(train: Examples, settings: TrainSettings, seed: int) -> NDArray[np.intp]:
    """All rows, or a random sample of `search_rows` of them in their order."""
    if len(train) <= settings.search_rows:
        return np.arange(len(train))
    drawn = np.random.default_rng(seed).choice(len(train), settings.search_rows, replace=False)
    return np.sort(drawn)


def _choices(tried: list[tuple[Candidate, boosting.Searched]], best: Candidate) -> tuple[Choice, ...]:
    return tuple(Choice(c.name, s.rounds, s.log_loss, c is best) for c, s in tried)
