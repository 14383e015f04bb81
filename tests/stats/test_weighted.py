"""Weighted means and their variances against numpy on the people themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.stats.weighted import WeightedMoments, pooled_slope

people = st.lists(
    st.tuples(st.floats(0, 1), st.floats(-50, 50), st.sampled_from([0.25, 1.0, 9.0])), min_size=2, max_size=30
)


@given(people)
def test_mean_and_variance_are_those_of_the_people_themselves(rows: list[tuple[float, float, float]]) -> None:
    a, b, w = (np.array(column) for column in zip(*rows, strict=True))
    found = WeightedMoments.of(np.c_[a, b], w)
    values = 2 * a - b
    mean = np.average(values, weights=w)
    n = len(rows)
    assert found.mean([2, -1]) == pytest.approx(mean, abs=1e-9)
    variance = (w**2 * (values - mean) ** 2).sum() / w.sum() ** 2 * n / (n - 1)
    assert found.variance([2, -1]) == pytest.approx(variance, abs=1e-6)
    assert found.effective == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_with_one_weight_for_all_the_variance_is_the_textbooks() -> None:
    values = [3.0, 5.0, 10.0, 11.0]
    found = WeightedMoments.of([[v] for v in values], [9.0] * 4)
    assert found.variance([1]) == pytest.approx(np.var(values, ddof=1) / 4)
    assert found.effective == pytest.approx(4)


@given(people, people)
def test_sums_of_two_groups_are_the_sums_of_both_together(
    first: list[tuple[float, float, float]], second: list[tuple[float, float, float]]
) -> None:
    def moments(rows: list[tuple[float, float, float]]) -> WeightedMoments:
        return WeightedMoments.of([row[:2] for row in rows], [row[2] for row in rows])

    both, added = moments(first + second), moments(first) + moments(second)
    assert added.mean([1, 1]) == pytest.approx(both.mean([1, 1]), abs=1e-9)
    assert added.variance([1, 1]) == pytest.approx(both.variance([1, 1]), abs=1e-6)


def test_the_slope_is_that_within_arms_and_zero_where_nothing_varies() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, 500)
    y = 3 * x + np.r_[np.zeros(250), np.full(250, 100.0)]  # the arms' own gap is no slope
    arms = [WeightedMoments.of(np.c_[y[part], x[part]], np.ones(250)) for part in (slice(250), slice(250, 500))]
    assert pooled_slope(*arms, 1, 2) == pytest.approx(3)
    flat = WeightedMoments.of([[1.0, 7.0], [2.0, 7.0]], [1, 1])
    assert pooled_slope(flat, flat, 1, 2) == 0.0


def test_customers_of_unlike_chances_are_compared_without_bias() -> None:
    """Two shares of hold-outs, and who is drawn with the larger one stays more seldom: the plain difference is off."""
    rng = np.random.default_rng(2)
    share = np.repeat([0.1, 0.5], 20_000)
    held = rng.random(40_000) < share
    stays = rng.random(40_000) < np.where(share == 0.1, 0.9, 0.5)
    weight = np.where(held, (1 - share) / share, 1.0)
    treated, control = (WeightedMoments.of(stays[m, None], weight[m]) for m in (~held, held))
    assert treated.mean([1]) - control.mean([1]) == pytest.approx(0, abs=0.02)
    assert stays[~held].mean() - stays[held].mean() > 0.1
