"""The oracle's risk is a probability that comes true, and depends on the latent state alone."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from liuke.sim import SimConfig, found_bank
from liuke.sim.oracle import episode_chance
from liuke.sim.true_risk import LossOf, Moment, came_true, moments, true_risk
from liuke.sim.world import CALM, LEAVING, PERSUADABLE
from liuke.stats.ranking import auc

END = date(2026, 6, 30)
CONFIG = SimConfig(3_000, END, months=8)
LOSS = LossOf(horizon_days=60, silent_days=40)
RUNS = 12


@pytest.fixture(scope="module")
def moment():
    """Everybody in whom something stirs, and some of the calm."""
    [found] = moments(found_bank(CONFIG), [END - timedelta(days=60)])
    world = found.world
    stirred = (world.phase != CALM) | (world.lean_until > world.day)
    chosen = np.flatnonzero(stirred | (np.arange(len(stirred)) < 250))
    return Moment(world.take(chosen), found.own[:, chosen])


@pytest.fixture(scope="module")
def alive(moment):
    return moment.world.alive


@pytest.fixture(scope="module")
def fact(moment, alive):
    return came_true(moment, LOSS)[alive]


@pytest.fixture(scope="module")
def risk(moment):
    return true_risk(moment, LOSS, runs=RUNS, seed=1)


@pytest.fixture(scope="module")
def again(moment):
    """The same risk from futures of their own."""
    return true_risk(moment, LOSS, runs=RUNS, seed=2)


@pytest.fixture(scope="module")
def with_fates(moment):
    return true_risk(moment, LOSS, runs=RUNS, seed=1, fates_known=True)


def test_of_those_given_a_risk_that_share_is_lost(alive, risk, again, fact):
    """Grouped by one forecast and told by the other: the noise of few runs groups people, and must not judge them."""
    edges = [0.0, 0.02, 0.2, 0.7, 0.97, 1.01]
    for low, high in pairwise(edges):
        group = (risk[alive] >= low) & (risk[alive] < high)
        told, lost = again[alive][group], fact[group]
        assert len(lost) > 15
        error = np.sqrt(np.mean(told * (1 - told)) / len(lost) + 0.25 / RUNS / len(lost))
        assert lost.mean() == pytest.approx(told.mean(), abs=3.5 * error + 0.002), (low, high, len(lost))


def test_knowing_the_latent_state_ranks_no_worse_than_what_simpler_forecasts_know(moment, alive, risk, fact):
    world = moment.world
    begun = ((world.phase == LEAVING) * (1.0 + world.day - world.since))[alive]
    silent = -moment.own[-30:].sum(axis=0)[alive].astype(float)
    best = auc(fact, risk[alive])
    assert best > 0.85
    for simple in (episode_chance(world, 60)[alive], begun, silent, -world.satisfaction[alive]):
        assert best > auc(fact, simple)


def test_knowing_the_fates_already_drawn_ranks_higher_still(alive, risk, with_fates, fact):
    assert auc(fact, with_fates[alive]) > auc(fact, risk[alive]) - 0.002


def test_an_oracle_blind_to_leaning_fears_less_for_those_who_lean_and_as_much_for_leavers(moment, alive):
    some = LossOf(fall=0.3, stays_days=1)
    risk, blind = (true_risk(moment, some, runs=6, seed=1, leaning_known=known) for known in (True, False))
    world = moment.world
    leans = alive & (world.phase == CALM) & (world.lean_until > world.day)
    assert risk[leans].mean() > 2 * blind[leans].mean() > 0
    running = alive & (world.phase != CALM)
    assert blind[running].mean() == pytest.approx(risk[running].mean(), abs=0.03)


def test_only_the_fates_tell_apart_persuadable_leavers_who_will_turn_from_those_who_will_not(moment, risk, with_fates):
    world = moment.world
    midway = np.abs(world.day - world.onset - 26) < 7
    mine = world.alive & (world.phase == LEAVING) & (world.kind == PERSUADABLE) & midway
    turning = world.turn_on[mine] > world.day
    assert with_fates[mine][turning].mean() < 0.3 < 0.6 < with_fates[mine][~turning].mean()
    assert risk[mine][turning].mean() > with_fates[mine][turning].mean() + 0.2


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
    assert moment.own.shape == (90, len(moment.world.closed))
    assert moment.own[:, moment.world.alive].sum() > 1000
