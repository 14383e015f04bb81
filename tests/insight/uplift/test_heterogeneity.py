import numpy as np
import pytest

from liuke.insight.uplift.heterogeneity import heterogeneity, slope_z
from tests.insight.uplift.made import QUICK, trial


def test_a_ranking_that_tells_nobody_apart_says_nothing():
    assert slope_z(np.full(100, 0.3), np.random.default_rng(0).normal(size=100)) == 0


def test_z_of_a_ranking_by_lot_is_standard_normal():
    rng = np.random.default_rng(0)
    effect = rng.exponential(size=500) - 1
    z = np.array([slope_z(rng.normal(size=500), effect) for _ in range(4000)])
    assert z.mean() == pytest.approx(0, abs=0.05)
    assert z.std() == pytest.approx(1, abs=0.04)


def test_effects_that_differ_are_usable():
    found = heterogeneity(trial(4000)[0], QUICK, "dr", seed=1, orders=2)
    assert found.usable
    assert found.p_value < 0.001


def test_effects_all_alike_are_hardly_ever_called_usable():
    """100 trials with one effect for all and base rates that differ; many more are in benchmarks/uplift/alike.py."""
    usable = sum(
        heterogeneity(trial(500, seed=seed, spread=0.0)[0], QUICK, "t", seed=seed, pieces=4, orders=1).usable
        for seed in range(100)
    )
    assert usable <= 5
