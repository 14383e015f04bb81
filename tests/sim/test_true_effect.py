"""Expected effects agree with those of the one future that comes to pass, and depend on the state alone."""

import numpy as np
import pytest

from liuke.errors import YourMistake
from liuke.sim import Decision, calendar_day, counterfactual
from liuke.sim.facts import customer_ids
from liuke.sim.true_effect import true_effects
from liuke.sim.world import CALM, DIP, DO_NOT_DISTURB, LEAVING, PERSUADABLE
from tests.sim.conftest import END

HORIZON = 60


@pytest.fixture(scope="module")
def who(loop_start):
    """Customers in an episode, and some who are in none."""
    running = np.flatnonzero(((loop_start.phase == LEAVING) | (loop_start.phase == DIP)) & loop_start.alive)
    return np.concatenate([running, np.flatnonzero(loop_start.alive & (loop_start.phase == CALM))[:80]])


@pytest.fixture(scope="module")
def expected(loop_start, who):
    return true_effects(loop_start, who, HORIZON, runs=12, seed=1)


@pytest.fixture(scope="module")
def realised(loop_start, who):
    ids = customer_ids(loop_start.bank.customers.index[who]).to_pylist()
    day = calendar_day(loop_start.day)
    config = loop_start.bank.config
    truth = counterfactual(config, [Decision(i, day) for i in ids], (HORIZON,), END, loop_start)
    return truth.effects(HORIZON)


def test_expected_effects_add_up_to_what_happens_and_tell_customers_apart(expected, realised):
    assert set(np.unique(realised)) <= {-1.0, 0.0, 1.0}
    assert expected.mean() == pytest.approx(realised.mean(), abs=4 * realised.std() / np.sqrt(len(realised)))
    high = expected > np.median(expected[expected != 0])
    assert realised[high].mean() > realised[~high].mean() + 0.15


def test_calls_help_the_persuadable_harm_those_who_mind_and_leave_the_calm_alone(loop_start, who, expected):
    phase, kind = loop_start.phase[who], loop_start.kind[who]
    assert expected[(phase == LEAVING) & (kind == PERSUADABLE)].mean() > 0.2
    assert expected[(phase == DIP) & (kind == DO_NOT_DISTURB)].mean() < -0.05
    assert abs(expected[phase == CALM]).mean() < 0.05


def test_without_the_hidden_kind_effects_differ_by_facts_alone(loop_start, who, expected):
    seen = true_effects(loop_start, who, HORIZON, runs=12, seed=2, kinds_known=False)
    running = loop_start.phase[who] == LEAVING
    assert seen.mean() == pytest.approx(expected.mean(), abs=0.06)
    assert seen[running].std() < expected[running].std()


def test_a_horizon_shorter_than_the_outcome_looks_back_is_refused(loop_start, who):
    with pytest.raises(YourMistake, match="20 days"):
        true_effects(loop_start, who, 20, runs=1, seed=1)
