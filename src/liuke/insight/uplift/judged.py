"""Rankings side by side on people held out: learners, response alone, and chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liuke.insight.uplift.crossfit import CrossFitted
from liuke.insight.uplift.qini import auuc, gain_per_person, qini, uplift_at
from liuke.insight.uplift.trial import Bools, Floats, Trial
from liuke.stats.compare import Interval

SHARES: Final = (0.1, 0.2, 0.3)
RESPONSE: Final = "response"
"""Ranked by the outcome expected when treated: who responds, whether or not because of the treatment."""
RANDOM: Final = "random"


@dataclass(frozen=True, slots=True)
class Ranking:
    """One way to rank. By held-out fold: qini, auuc (None each where the outcome is a number), and gain per person.

    at: mean over folds of uplift among the share ranked highest.
    """

    name: str
    qini: tuple[float, ...] | None
    auuc: tuple[float, ...] | None
    gain: tuple[float, ...]
    at: Mapping[float, float]

    @property
    def qini_mean(self) -> float | None:
        """Mean over folds."""
        return float(np.mean(self.qini)) if self.qini else None

    @property
    def auuc_mean(self) -> float | None:
        """Mean over folds."""
        return float(np.mean(self.auuc)) if self.auuc else None

    @property
    def gain_mean(self) -> float:
        """Mean over folds, in units of the outcome per person treated."""
        return float(np.mean(self.gain))


def rankings(trial: Trial, found: CrossFitted, seed: int) -> tuple[Ranking, ...]:
    """Every learner, then response alone, then by lot."""
    lot = np.random.default_rng(seed).random(found.fold.shape)
    ways = {**found.uplift, RESPONSE: found.treated, RANDOM: lot}
    return tuple(_ranking(name, score, trial, found.fold) for name, score in ways.items())


def qini_advantage(
    trial: Trial, found: CrossFitted, learner: str, *, seed: int, draws: int = 200
) -> tuple[Interval, Interval] | None:
    """Bootstrap intervals of the learner's Qini and of its lead over response alone, mean over folds.

    People are redrawn within arm and fold, the models stay as they are (percentiles of `draws`): how far the figures
    would move with other people to judge on. None where the outcome is a number.
    """
    if not trial.binary:
        return None
    rng = np.random.default_rng(seed)
    ranks = found.uplift[learner], found.treated
    whole = np.array([_mean_qini(trial, score, found.fold, None) for score in ranks])
    redrawn = np.empty((draws, 2))
    for at in range(draws):
        parts = [[rows[rng.integers(0, rows.size, rows.size)] for rows in _strata(fold, trial)] for fold in found.fold]
        chosen = [np.concatenate(rows) for rows in parts]
        redrawn[at] = [_mean_qini(trial, score, found.fold, chosen) for score in ranks]
    lead = redrawn[:, 0] - redrawn[:, 1]
    return _percentiles(whole[0], redrawn[:, 0]), _percentiles(whole[0] - whole[1], lead)


def _ranking(name: str, score: Floats, trial: Trial, fold: NDArray[np.int64]) -> Ranking:
    parts = list(_held(score, trial, fold))
    of_qini = [qini(y, s, w) for y, s, w in parts] if trial.binary else []
    of_auuc = [auuc(y, s, w) for y, s, w in parts] if trial.binary else []
    at = {share: float(np.mean([uplift_at(y, s, w, share) or 0.0 for y, s, w in parts])) for share in SHARES}
    return Ranking(
        name,
        tuple(q for q in of_qini if q is not None) or None,
        tuple(a for a in of_auuc if a is not None) or None,
        tuple(gain_per_person(y, s, w) for y, s, w in parts),
        at,
    )


def _held(score: Floats, trial: Trial, fold: NDArray[np.int64]) -> Iterator[tuple[Floats, Floats, Bools]]:
    for repeat in range(len(fold)):
        for k in np.unique(fold[repeat]):
            mine = fold[repeat] == k
            yield trial.outcome[mine], score[repeat, mine], trial.treated[mine]


def _strata(fold: NDArray[np.int64], trial: Trial) -> list[NDArray[np.intp]]:
    key = 2 * fold + trial.treated
    return [np.flatnonzero(key == k) for k in np.unique(key)]


def _mean_qini(trial: Trial, score: Floats, fold: NDArray[np.int64], chosen: list[NDArray[np.intp]] | None) -> float:
    found = []
    for repeat in range(len(fold)):
        rows = np.arange(len(trial)) if chosen is None else chosen[repeat]
        for k in np.unique(fold[repeat]):
            mine = rows[fold[repeat, rows] == k]
            found.append(qini(trial.outcome[mine], score[repeat, mine], trial.treated[mine]) or 0.0)
    return float(np.mean(found))


def _percentiles(estimate: float, values: Floats) -> Interval:
    low, high = np.quantile(values, (0.025, 0.975))
    return Interval(float(estimate), float(low), float(high))
