from __future__ import annotations

import numpy as np
import pytest

from liuke.stats.adjusted import arm_means
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.reading import read


def means(n: int, effect: float):
    rng = np.random.default_rng(1)
    y = rng.normal(10, 2, n)
    arm = np.arange(n) % 2 == 0
    return arm_means(CrossMoments.of({"y": y[arm] + effect}), CrossMoments.of({"y": y[~arm]}), "y")


def test_every_reading_is_of_the_same_difference_and_the_always_valid_one_is_wider() -> None:
    told = read(means(2000, 1.0), planned_units=500)
    assert told.always_valid.estimate == told.fixed.estimate == told.difference.value
    assert told.always_valid.low < told.fixed.low < told.fixed.high < told.always_valid.high
    assert told.always_valid_lift.low < told.fixed_lift.low
    assert told.fixed_lift.estimate == pytest.approx(0.1, abs=0.02)
    assert told.fixed_p < told.always_valid_p < 0.05
    assert told.belief.chance_to_win > 0.999


def test_too_early_only_the_fixed_reading_is_there() -> None:
    told = read(means(40, 1.0), planned_units=500)
    assert (told.always_valid, told.always_valid_p, told.always_valid_lift) == (None, None, None)
    assert told.fixed.high > told.fixed.low


@pytest.mark.parametrize("effect", [0.0, 0.3, -1.0])
def test_lift_and_difference_agree_on_whether_there_is_an_effect(effect: float) -> None:
    told = read(means(2000, effect), planned_units=500)
    assert told.always_valid_lift.excludes_zero is told.always_valid.excludes_zero
    assert told.fixed_lift.excludes_zero is told.fixed.excludes_zero
