"""What is drawn anew has not shown yet, keeps its chances, and leaves everything that shows as it is."""

from dataclasses import fields

import numpy as np
import pytest

from liuke.sim.behaviour import no_contacts
from liuke.sim.open_fates import reopen, retype
from liuke.sim.step import live
from liuke.sim.world import CALM, DIP, DORMANT, LEAVING, PERSUADABLE, SURE_THING

FATES = {"turn_on", "length", "close_on"}
ROUNDS = 40


@pytest.fixture(scope="module")
def reopened(loop_start):
    made = []
    for seed in range(ROUNDS):
        world = loop_start.copy()
        reopen(world, np.random.default_rng(seed))
        made.append(world)
    return made


def persuadable(world):
    return (world.phase == LEAVING) & (world.kind == PERSUADABLE)


def test_only_what_lies_ahead_is_drawn_anew(loop_start, reopened):
    for world in reopened[:3]:
        for f in fields(world):
            if f.name not in FATES | {"bank", "complaints", "steps"}:
                assert np.array_equal(getattr(world, f.name), getattr(loop_start, f.name)), f.name
        leavers = world.phase == LEAVING
        assert np.array_equal(world.length[leavers], loop_start.length[leavers])
        turning = persuadable(world) & (world.turn_on >= 0)
        assert (world.turn_on[turning] > world.day).all()
        assert (world.turn_on[turning] < world.onset[turning] + world.length[turning]).all()
        dips, gone = world.phase == DIP, (world.phase == DORMANT) & (world.closed < 0) & (world.close_on >= 0)
        assert (world.since[dips] + world.length[dips] > world.day).all()
        assert (world.close_on[gone] > world.day).all()


def test_as_many_turn_back_dip_and_close_as_in_fact(loop_start, reopened):
    mine, dips = persuadable(loop_start), loop_start.phase == DIP
    ahead = [(w.turn_on[mine] > w.day).mean() for w in reopened]
    fact = (loop_start.turn_on[mine] > loop_start.day).mean()
    assert mine.sum() > 60
    assert np.mean(ahead) == pytest.approx(fact, abs=3 * np.sqrt(0.2 * 0.8 / mine.sum()))
    rest = [(w.since[dips] + w.length[dips] - w.day).mean() for w in reopened]
    lasting = loop_start.since[dips] + loop_start.length[dips] - loop_start.day
    assert np.mean(rest) == pytest.approx(lasting.mean(), abs=3 * 7.5 / np.sqrt(dips.sum()))
    just = (loop_start.phase == DORMANT) & (loop_start.day - loop_start.since < 20) & (loop_start.closed < 0)
    closing = [(w.close_on[just] > w.day).mean() for w in reopened]
    fact = (loop_start.close_on[just] > loop_start.day).mean()
    assert np.mean(closing) == pytest.approx(fact, abs=3 * np.sqrt(0.25 / just.sum()))


def test_nothing_shows_of_a_turn_before_it_comes(loop_start):
    who = np.flatnonzero(persuadable(loop_start) & (loop_start.turn_on > loop_start.day + 8))
    assert len(who)
    steadfast = loop_start.copy()
    steadfast.turn_on[who] = -1
    factual = loop_start.copy()
    for _ in range(8):
        one, other = live(factual, no_contacts()), live(steadfast, no_contacts())
        assert np.array_equal(one.postings.amount, other.postings.amount)
        assert np.array_equal(one.events.what, other.events.what)
    assert np.array_equal(factual.balance, steadfast.balance)


def test_kinds_drawn_anew_are_as_frequent_as_in_fact_and_fit_what_shows(loop_start):
    running = (loop_start.phase == LEAVING) | (loop_start.phase == DIP)
    found = np.zeros((ROUNDS, 4))
    for seed in range(ROUNDS):
        world = loop_start.copy()
        retype(world, np.random.default_rng(seed))
        assert np.array_equal(world.kind[~running], loop_start.kind[~running])
        assert not (world.kind[world.phase == LEAVING] == SURE_THING).any()
        assert not (world.kind[world.phase == DIP] == PERSUADABLE).any()
        found[seed] = np.bincount(world.kind[running], minlength=4) / running.sum()
    fact = np.bincount(loop_start.kind[running], minlength=4) / running.sum()
    assert np.allclose(found.mean(axis=0), fact, atol=3 * np.sqrt(0.25 / running.sum()))
    assert (loop_start.phase == CALM).sum() > running.sum()
