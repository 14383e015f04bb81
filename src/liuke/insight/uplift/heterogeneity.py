"""Do effects differ between people in a way that a model can use? A test that may say no.

Sequential validation (Wager, "Sequential validation of treatment heterogeneity", 2024, after Luedtke & van der Laan,
Annals of Statistics 44, 2016): people are cut into pieces by lot; a model learned from the pieces before ranks the next
one, and there

    z = Σ (r − mean r)(ψ − mean ψ) / √(Σ (r − mean r)² (ψ − mean ψ)²)

with r the effect it expects and ψ the doubly robust score: the slope of the best linear predictor of effects
(Chernozhukov, Demirer, Duflo & Fernández-Val, 2018) in units of its standard error. When nothing about effects can be
told from the features, each z is standard normal given what went before, and so is their sum over √pieces. Ordinary
cross-fitting would use every person to learn and to judge in both directions, and its z's lean the same way: the test
would say "usable" too often. Orders are drawn several times and the z's averaged, which makes the verdict depend less
on one draw: an average of standard normals varies no more than one of them, so the error stays within what is stated.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import special

from liuke.insight.churn.learning.boosting import cores
from liuke.insight.uplift.learners import Settings, learn
from liuke.insight.uplift.scores import doubly_robust
from liuke.insight.uplift.splits import fold_of
from liuke.insight.uplift.trial import Floats, Trial

ERROR: Final = 0.05
"""How often at most "usable" is said where effects do not differ."""
PIECES: Final = 5
ORDERS: Final = 4


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """z: averaged over orders, one-sided: only a ranking that puts the right people first counts. by_order: each."""

    z: float
    p_value: float
    by_order: tuple[float, ...]
    error: float = ERROR

    @property
    def usable(self) -> bool:
        """Whether to rank by uplift at all."""
        return self.p_value < self.error


def heterogeneity(
    trial: Trial, settings: Settings, learner: str, *, seed: int, pieces: int = PIECES, orders: int = ORDERS
) -> Heterogeneity:
    """Tests the named learner's ranking; (pieces - 1) × orders models are learned."""
    alone = replace(settings, learners=(learner,))

    def one(at: int) -> float:
        order, k = divmod(at, pieces - 1)
        piece = fold_of(trial.cells, pieces, seed + order)
        past, now = trial.take(piece <= k), trial.take(piece == k + 1)
        found = learn(past, alone, seed + at).estimate(now.features, now.chance)
        scores = doubly_robust(now.treated, now.outcome, found.chance, found.treated, found.control)
        return slope_z(found.uplift[learner], scores.effect)

    with ThreadPoolExecutor(cores()) as pool:
        z = np.array(list(pool.map(one, range((pieces - 1) * orders)))).reshape(orders, pieces - 1)
    by_order = z.sum(axis=1) / np.sqrt(pieces - 1)
    mean = float(by_order.mean())
    return Heterogeneity(mean, float(special.ndtr(-mean)), tuple(by_order.tolist()))


def slope_z(ranking: Floats, effect: Floats) -> float:
    """Z as above, with the spread under no slope; 0 for a ranking that tells nobody apart."""
    r, psi = ranking - ranking.mean(), effect - effect.mean()
    spread = float(np.sqrt(((r * psi) ** 2).sum()))
    return float((r * psi).sum()) / spread if spread > 1e-12 else 0.0
