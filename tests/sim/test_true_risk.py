"""The oracle's risk is a probability that comes true, and depends on the latent state alone."""

from datetime import date, timedelta

import numpy as np
import pytest

from liuke.sim import SimConfig, found_bank
from liuke.sim.true_risk import LossOf, came_true, moments, true_risk
from liuke.sim.world import CALM
from liuke.stats.ranking import auc

END = date(2026, 6, 30)
CONFIG = SimConfig(900, END, months=8)
LOSS = LossOf(horizon_days=60, silent_days=40)


@pytest.fixture(scope="module")
def moment():
    [found] = moments(found_bank(CONFIG), [END - timedelta(days=60)])
    return found


@pytest.fixture(scope="module")
def risk(moment):
    return true_risk(moment, LOSS, runs=6, seed=1)


def test_the_risk_is_the_share_that_is_lost_in_fact(moment, risk):
    alive = moment.world.alive
    fact = came_true(moment, LOSS)[alive]
    assert 5 < fact.sum() < alive.sum() / 3
    assert risk[alive].mean() == pytest.approx(fact.mean(), abs=4 * np.sqrt(fact.mean() / len(fact)))


def test_knowing_the_latent_state_ranks_those_who_will_be_lost_far_above_chance(moment, risk):
    alive = moment.world.alive
    assert auc(came_true(moment, LOSS)[alive], risk[alive]) > 0.8


def test_who_is_no_customer_has_no_risk_and_who_is_in_an_episode_more_than_the_calm(moment, risk):
    world = moment.world
    assert np.isnan(risk[~world.alive]).all()
    assert risk[world.alive & (world.phase != CALM)].mean() > 3 * risk[world.alive & (world.phase == CALM)].mean()


def test_the_same_seed_gives_the_same_risk_and_the_world_does_not_change(moment, risk):
    before = moment.world.balance.copy()
    few = true_risk(moment, LOSS, runs=1, seed=3)
    assert np.array_equal(few, true_risk(moment, LOSS, runs=1, seed=3), equal_nan=True)
    assert np.array_equal(moment.world.balance, before)


def test_a_moment_holds_the_own_transactions_of_the_last_ninety_days(moment):
    assert moment.own.shape == (90, CONFIG.customers)
    assert moment.own[:, moment.world.alive].sum() > 1000
