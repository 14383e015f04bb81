import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.stats.shrink import shrunken

cells = st.lists(
    st.tuples(st.one_of(st.none(), st.floats(-1, 1)), st.floats(1e-4, 1.0)), min_size=1, max_size=8
)  # fmt: skip


def test_by_hand():
    """Estimates 0 and 1 of variance 0.1: Q = 5, scale = 10, so between = 0.4; each moves a fifth of the way to 0.5."""
    found = shrunken([0.0, 1.0], [0.1, 0.1])
    assert found.between == pytest.approx(0.4)
    assert found.values == pytest.approx((0.1, 0.9))


def test_what_differs_by_chance_alone_becomes_the_mean():
    found = shrunken([0.10, 0.12, None], [0.01, 0.03, None])
    assert found.between == 0.0
    assert found.values == pytest.approx((0.105,) * 3)


def test_nothing_measured_is_not_zero():
    assert shrunken([None, None], [None, None]) is None


@given(cells)
def test_values_lie_between_the_estimate_and_the_mean(rows):
    estimates, variances = [e for e, _ in rows], [v if e is not None else None for e, v in rows]
    found = shrunken(estimates, variances)
    if found is None:
        assert all(e is None for e in estimates)
        return
    for value, estimate in zip(found.values, estimates, strict=True):
        low, high = sorted((found.mean, found.mean if estimate is None else estimate))
        assert low - 1e-9 <= value <= high + 1e-9


def test_on_many_groups_the_shrunken_values_are_nearer_to_the_truth_than_the_estimates():
    rng = np.random.default_rng(7)
    truth = rng.normal(0.05, 0.04, 200)
    variances = rng.uniform(0.0005, 0.01, 200)
    estimates = rng.normal(truth, np.sqrt(variances))
    found = shrunken(estimates.tolist(), variances.tolist())
    assert math.sqrt(found.between) == pytest.approx(0.04, abs=0.012)
    assert np.mean((np.array(found.values) - truth) ** 2) < 0.6 * np.mean((estimates - truth) ** 2)
