"""Every person judged by models that never saw him, several times over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liuke.insight.churn.learning.boosting import cores
from liuke.insight.uplift.learners import Estimates, Settings, learn
from liuke.insight.uplift.scores import Scores, doubly_robust
from liuke.insight.uplift.splits import fold_of
from liuke.insight.uplift.trial import Floats, Trial

Tick = Callable[[int, int], None]
"""Called with models done and models in all."""


@dataclass(frozen=True, slots=True, eq=False)
class CrossFitted:
    """(repeats, n) each: the fold that held a person out, and what models learned from the other folds say of him."""

    fold: NDArray[np.int64]
    control: Floats
    treated: Floats
    chance: Floats
    uplift: Mapping[str, Floats]

    @property
    def repeats(self) -> int:
        """How many times everybody was held out."""
        return len(self.fold)

    def scores(self, trial: Trial, repeat: int) -> Scores:
        """Doubly robust scores of one repeat."""
        return doubly_robust(
            trial.treated, trial.outcome, self.chance[repeat], self.treated[repeat], self.control[repeat]
        )


def cross_fit(
    trial: Trial,
    settings: Settings,
    *,
    folds: int,
    repeats: int,
    seed: int,
    tick: Tick = lambda _done, _all: None,
) -> CrossFitted:
    """Repeated folds, stratified by arm × outcome; everything that is learned is learned inside each split."""
    fold = np.vstack([fold_of(trial.cells, folds, seed + r) for r in range(repeats)])
    done = 0

    def one(at: int) -> Estimates:
        nonlocal done
        repeat, k = divmod(at, folds)
        held = fold[repeat] == k
        models = learn(trial.take(~held), settings, seed + at)
        found = models.estimate(trial.features[held], None if trial.chance is None else trial.chance[held])
        done += 1
        tick(done, repeats * folds)
        return found

    with ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(one, range(repeats * folds)))
    return _gathered(fold, found, settings.learners)


def _gathered(fold: NDArray[np.int64], found: list[Estimates], learners: tuple[str, ...]) -> CrossFitted:
    control, treated, chance = (np.empty(fold.shape) for _ in range(3))
    uplift = {name: np.empty(fold.shape) for name in learners}
    folds = len(found) // len(fold)
    for at, one in enumerate(found):
        repeat, k = divmod(at, folds)
        held = fold[repeat] == k
        control[repeat, held], treated[repeat, held], chance[repeat, held] = one.control, one.treated, one.chance
        for name in learners:
            uplift[name][repeat, held] = one.uplift[name]
    return CrossFitted(fold, control, treated, chance, uplift)
