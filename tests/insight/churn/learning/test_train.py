import numpy as np
import pytest

from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import TrainSettings
from liuke.insight.churn.learning.train import train

SMALL = TrainSettings(max_rounds=120, patience=20, members=2, learning_rate=0.1, inner_folds=3)


def made(n: int = 1500, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 4))
    chance = 1 / (1 + np.exp(1.5 - 1.5 * features[:, 0] - features[:, 1] * features[:, 2]))
    return Examples(features, ("a", "b", "c", "noise"), (rng.random(n) < chance).astype(np.int8))


def test_the_same_examples_and_seed_give_the_same_model_text():
    assert (
        train(made(), None, seed=3, settings=SMALL).model.members
        == train(made(), None, seed=3, settings=SMALL).model.members
    )


def test_contributions_add_up_to_the_log_odds_of_every_example():
    trained = train(made(), None, seed=3, settings=SMALL)
    found = trained.model.contributions(made().features)
    assert found.shape == (1500, 5)
    assert found.sum(axis=1) == pytest.approx(trained.model.raw(made().features), abs=1e-9)
