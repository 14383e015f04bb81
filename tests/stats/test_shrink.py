import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from liuke.stats.shrink import shrunken

cells = st.lists(st.tuples(st.one_of(st.none(), st.floats(-1, 1)), st.floats(1e-4, 1.0)), min_size=1, max_size=8)


def test_two_estimates_far_apart_stay_apart_by_the_formula():
    """Estimates ±d about 0 of variance v: the likelihood times τ is greatest where τ² solves a quadratic."""
    found = shrunken([-0.5, 0.5], [0.01, 0.01])

    def loss(tau):
        total = 0.01 + tau * tau
        return math.log(total) + 0.25 / total - math.log(tau)

    tau = optimize.minimize_scalar(loss, bounds=(0.05, 2.0), method="bounded").x
    assert found.between == pytest.approx(tau**2, rel=0.05)
    assert found.mean == pytest.approx(0.0)
    assert found.values == pytest.approx(
        [-(0.5 * tau**2) / (tau**2 + 0.01), (0.5 * tau**2) / (tau**2 + 0.01)], rel=0.01
    )


def test_what_differs_by_chance_alone_comes_near_to_the_mean_but_not_quite():
    found = shrunken([0.10, 0.12, None], [0.01, 0.01, None])
    assert found.mean == pytest.approx(0.11)
    assert found.between > 0
    assert 0.10 < found.values[0] < found.values[2] < found.values[1] < 0.12
    assert found.values[2] == found.mean


def test_one_estimate_alone_is_the_mean_and_nothing_measured_is_not_zero():
    assert shrunken([0.3, None], [0.01, None]).values == (0.3, 0.3)
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


@pytest.mark.parametrize(("groups", "gain"), [(200, 0.6), (4, 0.95)])
def test_the_shrunken_values_are_nearer_to_the_truth_than_the_estimates(groups, gain):
    rng = np.random.default_rng(7)
    ours, plain = [], []
    for _ in range(max(1, 400 // groups)):
        truth = rng.normal(0.05, 0.04, groups)
        variances = rng.uniform(0.0005, 0.01, groups)
        estimates = rng.normal(truth, np.sqrt(variances))
        found = shrunken(estimates.tolist(), variances.tolist())
        ours.append(np.mean((np.array(found.values) - truth) ** 2))
        plain.append(np.mean((estimates - truth) ** 2))
    assert np.mean(ours) < gain * np.mean(plain)


def test_the_intervals_of_shrunken_values_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(11)
    hits = []
    for _ in range(60):
        truth = rng.normal(0.05, 0.04, 40)
        variances = rng.uniform(0.0005, 0.01, 40)
        found = shrunken(rng.normal(truth, np.sqrt(variances)).tolist(), variances.tolist())
        ends = [found.interval(i) for i in range(40)]
        hits += [end.low <= t <= end.high for end, t in zip(ends, truth, strict=True)]
    assert 0.93 < np.mean(hits) < 0.975


def test_one_estimate_alone_keeps_its_own_interval_and_what_was_not_measured_has_the_widest():
    assert shrunken([0.3], [0.01]).variances == pytest.approx((0.01,))
    found = shrunken([0.1, 0.4, None], [0.01, 0.02, None])
    assert found.variances[2] > max(found.variances[:2])
