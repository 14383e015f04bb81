"""Models of individual effects: S, T, X and DR learners on the same trees.

| learner | effect for a customer with features x | source |
|---|---|---|
| s | f(x, 1) − f(x, 0), one model with the arm among its features | Künzel et al., PNAS 116, 2019 |
| t | m1(x) − m0(x), a model for each arm | the same |
| x | e τ0(x) + (1 − e) τ1(x): τ1 learned from y − m0(x) of the treated, τ0 from m1(x) − y of the others | the same |
| dr | τ(x) learned from the doubly robust score of each person | Kennedy, EJS 17, 2023 |

S is pulled towards no effect, T blown up by the noise of two models; X and DR model the effect itself, which may be
simpler than the outcome. Where one arm is small (a hold-out of 5%) X leans on the large one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from liuke.insight.uplift.boosting import EFFECT_TREES, OUTCOME_TREES, Fitted, Trees, fit
from liuke.insight.uplift.scores import doubly_robust
from liuke.insight.uplift.splits import fold_of
from liuke.insight.uplift.trial import CHANCE_FROM, CHANCE_TO, Floats, Trial

LEARNERS: Final = ("s", "t", "x", "dr")


@dataclass(frozen=True, slots=True)
class Settings:
    """inner_folds: in which the DR learner expects outcomes for people it did not learn them from."""

    learners: tuple[str, ...] = LEARNERS
    outcome: Trees = OUTCOME_TREES
    effect: Trees = EFFECT_TREES
    inner_folds: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """What models say of n people they have not seen, (n,) each: the outcome expected in each arm, the chance to be
    treated, and the effect by learner.
    """

    control: Floats
    treated: Floats
    chance: Floats
    uplift: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Models of one trial. chance: of being treated, a model where it had to be estimated, else a constant."""

    control: Fitted
    treated: Fitted
    chance: Fitted
    effects: Mapping[str, tuple[Fitted, ...]] = field(default_factory=dict)

    def estimate(self, features: Floats, chance: Floats | None = None) -> Estimates:
        """For people with these features. chance: theirs, where it is known."""
        m0, m1 = self.control.predict(features), self.treated.predict(features)
        e = np.clip(self.chance.predict(features) if chance is None else chance, CHANCE_FROM, CHANCE_TO)
        found: dict[str, Floats] = {}
        for name, models in self.effects.items():
            match name, models:
                case "s", (one,):
                    found[name] = one.predict(_with_arm(features, 1)) - one.predict(_with_arm(features, 0))
                case "x", (of_control, of_treated):
                    found[name] = e * of_control.predict(features) + (1 - e) * of_treated.predict(features)
                case "dr", (one,):
                    found[name] = one.predict(features)
                case _:
                    found[name] = m1 - m0
        return Estimates(m0, m1, e, found)


def learn(trial: Trial, settings: Settings, seed: int) -> Learned:
    """Learns every learner asked for from all people of the trial."""
    m0, m1 = _outcomes(trial, settings, seed)
    chance = _chance(trial, settings, seed)
    effects: dict[str, tuple[Fitted, ...]] = {}
    for name in settings.learners:
        match name:
            case "s":
                both = np.column_stack([trial.features, trial.treated])
                effects[name] = (fit(both, trial.outcome, settings.outcome, seed, binary=trial.binary),)
            case "x":
                effects[name] = _x_models(trial, m0, m1, settings, seed)
            case "dr":
                effects[name] = (_dr_model(trial, m0, m1, settings, seed),)
            case _:
                effects[name] = ()
    return Learned(m0, m1, chance, effects)


def _outcomes(
    trial: Trial, settings: Settings, seed: int, rounds: tuple[int | None, int | None] = (None, None)
) -> tuple[Fitted, Fitted]:
    """The outcome expected when left alone, and when treated. rounds: of each, where they are known."""
    made = []
    for arm, known in zip((False, True), rounds, strict=True):
        x, y = trial.features[trial.treated == arm], trial.outcome[trial.treated == arm]
        made.append(fit(x, y, settings.outcome, seed, binary=trial.binary, rounds=known))
    return made[0], made[1]


def _chance(trial: Trial, settings: Settings, seed: int) -> Fitted:
    if trial.chance is not None:
        return Fitted(None, float(trial.chance.mean()))
    return fit(trial.features, trial.treated.astype(np.float64), settings.outcome, seed, binary=True)


def _x_models(trial: Trial, m0: Fitted, m1: Fitted, settings: Settings, seed: int) -> tuple[Fitted, Fitted]:
    treated, control = trial.take(trial.treated), trial.take(~trial.treated)
    of_treated = fit(treated.features, treated.outcome - m0.predict(treated.features), settings.effect, seed)
    of_control = fit(control.features, m1.predict(control.features) - control.outcome, settings.effect, seed)
    return of_control, of_treated


def _dr_model(trial: Trial, whole0: Fitted, whole1: Fitted, settings: Settings, seed: int) -> Fitted:
    """From scores whose expected outcomes come from inner folds that did not hold the person.

    whole0, whole1: the outcome models of everybody; the folds' boost as many rounds.
    """
    fold = fold_of(trial.cells, settings.inner_folds, seed)
    target = np.empty(len(trial))
    for k in range(settings.inner_folds):
        rest, held = trial.take(fold != k), trial.take(fold == k)
        m0, m1 = _outcomes(rest, settings, seed, (whole0.rounds, whole1.rounds))
        chance = _chance(rest, settings, seed).predict(held.features) if held.chance is None else held.chance
        expected = m1.predict(held.features), m0.predict(held.features)
        target[fold == k] = doubly_robust(held.treated, held.outcome, chance, *expected).effect
    return fit(trial.features, target, settings.effect, seed)


def _with_arm(features: Floats, arm: int) -> Floats:
    return np.column_stack([features, np.full(len(features), arm, dtype=np.float64)])
