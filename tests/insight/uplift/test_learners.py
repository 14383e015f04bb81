from dataclasses import replace

import numpy as np
import pytest

from liuke.insight.uplift.crossfit import cross_fit
from liuke.insight.uplift.learners import LEARNERS, learn
from liuke.insight.uplift.scores import mean_of
from liuke.stats.ranking import midranks
from tests.insight.uplift.made import QUICK, effect_of, trial


def rank_correlation(a, b):
    return float(np.corrcoef(midranks(a), midranks(b))[0, 1])


@pytest.fixture(scope="module")
def learned():
    made, _ = trial(6000)
    return learn(made, QUICK, 1)


@pytest.mark.parametrize("learner", LEARNERS)
def test_every_learner_tells_those_helped_from_those_harmed(learned, learner):
    fresh, effect = trial(3000, seed=9)
    found = learned.estimate(fresh.features, fresh.chance).uplift[learner]
    assert rank_correlation(found, effect) > 0.5
    assert np.corrcoef(found, effect)[0, 1] > 0.6
    assert abs(found.mean() - effect.mean()) < 0.05


def test_the_same_seed_gives_the_same_effects_and_another_seed_nearly():
    made, _ = trial(1500)
    one, again = (learn(made, QUICK, 5).estimate(made.features).uplift for _ in range(2))
    assert all((one[name] == again[name]).all() for name in LEARNERS)


def test_chances_that_must_be_estimated_undo_a_choice_that_depends_on_a_feature():
    rng = np.random.default_rng(4)
    features = rng.normal(size=(12_000, 4))
    chance = 1 / (1 + np.exp(-1.2 * features[:, 1]))
    treated = rng.random(12_000) < chance
    base = 0.35 + 0.15 * np.tanh(features[:, 1])
    outcome = (rng.random(12_000) < base + effect_of(features, 0.0) * treated).astype(float)
    made, _ = trial(10)
    chosen = replace(made, features=features, treated=treated, outcome=outcome, chance=None)
    plain = outcome[treated].mean() - outcome[~treated].mean()
    found = cross_fit(chosen, replace(QUICK, learners=("t",)), folds=3, repeats=1, seed=1)
    effect = mean_of(found.scores(chosen, 0).effect)
    assert plain > 0.16
    assert effect.low < 0.1 < effect.high
    assert effect.high < plain


def test_a_small_hold_out_still_ranks_by_effect():
    made, effect = trial(12_000, share=0.9, seed=2)
    found = cross_fit(made, replace(QUICK, learners=("x", "dr")), folds=3, repeats=1, seed=1)
    assert all(np.corrcoef(found.uplift[name][0], effect)[0, 1] > 0.3 for name in ("x", "dr"))


def test_everybody_is_judged_by_models_that_did_not_see_him():
    made, _ = trial(1200)
    before = cross_fit(made, replace(QUICK, learners=("t",)), folds=3, repeats=1, seed=1)
    one = int(np.flatnonzero(before.fold[0] == 0)[0])
    features = made.features.copy()
    features[one, 3] += 0.5
    moved = cross_fit(replace(made, features=features), replace(QUICK, learners=("t",)), folds=3, repeats=1, seed=1)
    same = before.fold[0] == 0
    same[one] = False
    assert (before.uplift["t"][0, same] == moved.uplift["t"][0, same]).all()
