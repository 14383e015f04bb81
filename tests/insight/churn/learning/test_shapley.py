from itertools import combinations
from math import factorial, prod

import lightgbm as lgb
import numpy as np
import pytest

from liuke.insight.churn.learning import model as model_file
from liuke.insight.churn.learning.settings import CANDIDATES
from liuke.insight.churn.learning.shapley import explainer, leaf_values
from liuke.insight.churn.learning.train import train
from tests.insight.churn.learning.made import QUICK, examples


def table(n: int, seed: int, *, nulls: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Skewed columns, some often 0, some often null, and an outcome that depends on several at once."""
    rng = np.random.default_rng(seed)
    x = np.exp(rng.normal(size=(n, 12)))
    x[:, ::3] *= rng.random((n, 4)) < 0.4
    x[:, 1] -= 1.5
    chance = 1 / (1 + np.exp(1.5 - x[:, 0] + x[:, 1] * (x[:, 2] < 1) - x[:, 3] * x[:, 4]))
    if nulls:
        x[:, 2::4][rng.random((n, 3)) < 0.3] = np.nan
    return x, (rng.random(n) < chance).astype(float)


def booster(x: np.ndarray, y: np.ndarray, rounds: int = 25, **parameters: object) -> lgb.Booster:
    fixed = {"objective": "binary", "verbosity": -1, "seed": 3, "num_threads": 1, "max_bin": 63}
    return lgb.train({**fixed, **parameters}, lgb.Dataset(x, y), rounds)


def staircase() -> tuple[np.ndarray, np.ndarray]:
    x = np.repeat(np.arange(60.0), 20)
    return x[:, None], (x % 2 == 0).astype(float)


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda c: c.name)
@pytest.mark.parametrize("nulls", [True, False], ids=["nulls", "no nulls"])
def test_values_are_those_of_lightgbm(candidate, nulls):
    made = booster(*table(4000, 1, nulls=nulls), **candidate.parameters)
    # Nulls where training had none, too: LightGBM takes them for 0.
    x, _ = table(1500, 2)
    found = explainer(made.model_to_string()).contributions(x)
    assert found == pytest.approx(made.predict(x, pred_contrib=True), abs=1e-12)
    assert found.sum(axis=1) == pytest.approx(made.predict(x, raw_score=True), abs=1e-12)


def test_large_trees_are_cut_into_parts_and_still_equal():
    made = booster(*table(6000, 4), rounds=8, num_leaves=63, min_data_in_leaf=20, max_depth=9)
    found = explainer(made.model_to_string())
    assert len(found.parts) > 8
    x, _ = table(800, 5)
    assert found.contributions(x) == pytest.approx(made.predict(x, pred_contrib=True), abs=1e-12)


def test_paths_with_many_features_are_worked_out_without_a_table():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(6000, 12))
    made = booster(x, (x.max(axis=1) < 1.6).astype(float), rounds=5, num_leaves=31, min_data_in_leaf=5)
    found = explainer(made.model_to_string())
    assert any(leaf.table is None for part in found.parts for leaf in part.leaves)
    assert found.contributions(x[:500]) == pytest.approx(made.predict(x[:500], pred_contrib=True), abs=1e-12)


def test_what_is_not_handled_is_left_to_lightgbm():
    x, y = table(3000, 7)
    x[:, 0] = np.arange(3000) % 5
    y = (x[:, 0] % 2 == 0).astype(float)
    categories = lgb.train({"objective": "binary", "verbosity": -1}, lgb.Dataset(x, y, categorical_feature=[0]), 3)
    assert explainer(categories.model_to_string()) is None
    assert explainer(booster(*table(3000, 7), zero_as_missing=True).model_to_string()) is None
    # A staircase: every split cuts off the lowest tenth of what is left, so paths grow very long.
    chain = booster(*staircase(), rounds=1, num_leaves=60, min_data_in_leaf=1, max_bin=255, lambda_l2=0)
    assert explainer(chain.model_to_string()) is None


def test_trees_that_never_split_give_their_mean():
    made = booster(*table(300, 8), rounds=3, min_data_in_leaf=200)
    x, _ = table(10, 9)
    assert explainer(made.model_to_string()).contributions(x) == pytest.approx(made.predict(x, pred_contrib=True))


def test_a_leafs_values_are_the_definition_summed_over_all_subsets():
    rng = np.random.default_rng(10)
    for d in (1, 2, 3, 6):
        met, passed = rng.random((1, d)) < 0.5, rng.uniform(0.05, 0.95, d)

        def reached(known: tuple[int, ...], met=met, passed=passed, d=d) -> float:
            return prod(float(met[0, j]) if j in known else passed[j] for j in range(d))

        for i in range(d):
            others = [j for j in range(d) if j != i]
            value = sum(
                factorial(s) * factorial(d - 1 - s) / factorial(d) * (reached((*subset, i)) - reached(subset))
                for s in range(d)
                for subset in combinations(others, s)
            )
            assert leaf_values(met, passed, 2.5)[0, i] == pytest.approx(2.5 * value, abs=1e-14)


def test_many_rows_are_explained_as_few_are(monkeypatch):
    model = train(examples(), None, seed=3, settings=QUICK).model
    x = examples(700, seed=9).features
    monkeypatch.setattr(model_file, "MANY", 10_000)
    few = model.contributions(x)
    monkeypatch.setattr(model_file, "MANY", 1)
    monkeypatch.setattr(model_file, "SLICE", 97)
    assert model.contributions(x) == pytest.approx(few, abs=1e-12)
