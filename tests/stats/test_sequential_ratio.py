from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liuke.errors import YourMistake
from liuke.stats.compare import sample_ratio
from liuke.stats.sequential_ratio import sequential_ratio_p


def test_it_is_the_ratio_of_scipys_two_likelihoods() -> None:
    observed, shares = np.array([4700, 4200, 1100]), np.array([0.45, 0.45, 0.1])
    mixed = stats.dirichlet_multinomial.logpmf(observed, 1000 * shares, 10_000)
    planned = stats.multinomial.logpmf(observed, 10_000, shares)
    assert sequential_ratio_p(observed.tolist(), shares.tolist()) == pytest.approx(np.exp(planned - mixed))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.6, 0.3, 0.1)])
def test_a_look_every_other_day_of_a_quarter_gives_hardly_any_false_alarm(shares: tuple[float, ...]) -> None:
    rng = np.random.default_rng(1)
    daily = rng.multinomial(600, shares, (400, 45)).cumsum(axis=1)
    lowest = [min(sequential_ratio_p(day.tolist(), shares) for day in run) for run in daily]
    assert np.mean(np.array(lowest) < 0.05) <= 0.05
    as_often = [min(sample_ratio(d.tolist(), d.sum() * np.array(shares)).p_value for d in run) for run in daily[:150]]
    assert np.mean(np.array(as_often) < 0.05) > 0.1


def test_lost_hold_outs_raise_the_alarm() -> None:
    assert sequential_ratio_p([91_000, 8_300], [0.9, 0.1]) < 0.001


def test_nobody_is_no_alarm_and_somebody_in_an_arm_that_was_not_planned_is() -> None:
    assert sequential_ratio_p([0, 0], [0.9, 0.1]) == 1
    assert sequential_ratio_p([10, 1], [1.0, 0.0]) == 0
    assert sequential_ratio_p([10, 0], [1.0, 0.0]) == 1


@pytest.mark.parametrize("shares", [(0.5,), (0.0, 0.0), (1.5, -0.5)])
def test_shares_that_do_not_fit_are_the_callers_mistake(shares: tuple[float, ...]) -> None:
    with pytest.raises(YourMistake, match="do not fit"):
        sequential_ratio_p([10, 10], shares)
