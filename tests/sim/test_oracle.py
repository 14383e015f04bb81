"""The forecast from the latent state: as often right as it says, and better than guessing."""

import numpy as np
import pytest

from liuke.sim.behaviour import no_contacts
from liuke.sim.oracle import episode_chance
from liuke.sim.step import live
from liuke.sim.world import CALM, DIP, LEAVING

DAYS = 60


@pytest.fixture(scope="module")
def forecast(loop_start):
    """Calm customers of one day: the chance foretold and whether an episode began within the days."""
    world, told = loop_start.copy(), episode_chance(loop_start, DAYS)
    calm, began = world.alive & (world.phase == CALM), np.zeros(len(told), bool)
    for _ in range(DAYS):
        began[live(world, no_contacts()).began] = True
    return told[calm], began[calm]


def test_the_chances_foretold_add_up_to_what_happens(forecast):
    told, began = forecast
    assert 0.8 < told.sum() / began.sum() < 1.25


def test_those_with_a_higher_chance_begin_more_often(forecast):
    told, began = forecast
    order = np.argsort(told)
    lowest, highest = np.array_split(began[order], 4)[0], np.array_split(began[order], 4)[-1]
    assert highest.mean() > 2 * lowest.mean()


def test_customers_in_an_episode_are_certain_and_those_gone_impossible(loop_start):
    told = episode_chance(loop_start, DAYS)
    running = loop_start.alive & np.isin(loop_start.phase, (LEAVING, DIP))
    assert (told[running] == 1).all()
    assert (told[~loop_start.alive] == 0).all()
    assert ((told >= 0) & (told <= 1)).all()


def test_a_longer_look_ahead_is_never_less_likely(loop_start):
    assert (episode_chance(loop_start, 90) >= episode_chance(loop_start, 30) - 1e-12).all()
