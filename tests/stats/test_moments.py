from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.stats.moments import Moments, PairMoments

numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50)


@given(numbers, numbers)
def test_the_moments_of_two_groups_add_up_to_those_of_the_whole(a: list[float], b: list[float]) -> None:
    merged = Moments.of(a) + Moments.of(b)
    assert merged.n == len(a + b)
    assert merged.mean == pytest.approx(np.mean(a + b), rel=1e-9, abs=1e-6)
    assert merged.variance == pytest.approx(np.var(a + b, ddof=1), rel=1e-6, abs=1e-3)


def test_counts_are_moments_of_zeros_and_ones() -> None:
    assert Moments.of_count(3, 10) == Moments.of([1] * 3 + [0] * 7)


def test_pair_moments_give_numpys_covariance_also_when_merged() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=90)
    y = 2 * x + rng.normal(size=90)
    merged = PairMoments.of(y[:40], x[:40]) + PairMoments.of(y[40:], x[40:])
    assert merged.covariance == pytest.approx(np.cov(y, x)[0, 1])


def test_the_variance_of_equal_values_is_zero_not_a_small_negative_number() -> None:
    assert Moments.of([0.1] * 7).variance >= 0
