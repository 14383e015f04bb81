from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liuke.errors import YourMistake
from liuke.stats.bayes import Belief, belief, weak_prior
from liuke.stats.estimate import Estimate


def test_chance_and_losses_are_those_of_drawn_differences() -> None:
    told = Belief(0.02, 0.03**2)
    drawn = np.random.default_rng(1).normal(0.02, 0.03, 2_000_000)
    assert told.chance_to_win == pytest.approx((drawn > 0).mean(), abs=2e-3)
    assert told.loss_if_treated == pytest.approx(np.maximum(-drawn, 0).mean(), rel=0.01)
    assert told.loss_if_not == pytest.approx(np.maximum(drawn, 0).mean(), rel=0.01)


def test_prior_and_data_are_put_together_as_bayes_says() -> None:
    grid = np.linspace(-5, 5, 200_001)
    weight = stats.norm.pdf(grid, -0.5, 1.2) * stats.norm.pdf(1.0, grid, 0.7)
    weight /= weight.sum()
    ours = belief(Estimate(1.0, 0.49, units=50), Belief(-0.5, 1.44))
    assert ours.mean == pytest.approx((grid * weight).sum(), abs=1e-6)
    assert ours.variance == pytest.approx((grid**2 * weight).sum() - (grid * weight).sum() ** 2, abs=1e-6)


def test_the_weak_prior_says_as_much_as_one_pair_of_units() -> None:
    estimate = Estimate(0.4, 0.01, units=999.0)
    told = belief(estimate)
    assert weak_prior(estimate).variance == pytest.approx(9.99)
    assert told.mean == pytest.approx(0.4 * 999 / 1000)
    assert told.interval().low == pytest.approx(estimate.interval().low, abs=1e-3)


def test_for_shares_the_chance_to_win_is_that_of_two_beta_posteriors() -> None:
    k1, n1, k0, n0 = 830, 1000, 398, 500
    p1, p0 = k1 / n1, k0 / n0
    ours = belief(Estimate(p1 - p0, p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0, units=1 / (1 / n1 + 1 / n0)))
    rng = np.random.default_rng(2)
    betas = rng.beta(k1 + 1, n1 - k1 + 1, 500_000) > rng.beta(k0 + 1, n0 - k0 + 1, 500_000)
    assert ours.chance_to_win == pytest.approx(betas.mean(), abs=0.01)


def test_a_sceptical_prior_draws_a_lucky_result_towards_the_usual() -> None:
    lucky = Estimate(0.3, 0.1**2, units=200)
    assert belief(lucky, Belief(0.0, 0.05**2)).mean == pytest.approx(0.3 * 0.2)


def test_without_spread_the_belief_is_the_estimate() -> None:
    told = belief(Estimate(-0.2, 0.0, units=10))
    assert (told.mean, told.chance_to_win, told.loss_if_treated, told.loss_if_not) == (-0.2, 0, 0.2, 0)
    assert belief(Estimate(0.0, 0.0, units=10)).chance_to_win == 0.5


def test_a_prior_of_no_width_cannot_be_moved_and_one_that_is_none_is_refused() -> None:
    assert belief(Estimate(1.0, 0.1, units=10), Belief(0.2, 0.0)).mean == 0.2
    with pytest.raises(YourMistake, match="not a belief"):
        belief(Estimate(1.0, 0.1, units=10), Belief(0.2, -1.0))
