from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.errors import YourMistake
from liuke.stats.cross_moments import CrossMoments

rows = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=40)


def of(pairs: list[tuple[float, float]]) -> CrossMoments:
    y, x = np.array(pairs).T
    return CrossMoments.of({"y": y, "x": x})


@settings(deadline=None)
@given(rows, rows)
def test_two_groups_add_up_to_the_whole(a: list[tuple[float, float]], b: list[tuple[float, float]]) -> None:
    merged, whole = of(a) + of(b), of(a + b)
    assert merged.n == whole.n
    assert merged.means == pytest.approx(whole.means, rel=1e-9, abs=1e-6)
    assert merged.scatter == pytest.approx(whole.scatter, rel=1e-9, abs=1e-2)


def test_the_covariance_is_numpys_and_the_engines_raw_sums_say_the_same() -> None:
    table = np.random.default_rng(1).normal(3, 2, (200, 3))
    names = ("a", "b", "c")
    direct = CrossMoments.of(dict(zip(names, table.T, strict=True)))
    summed = CrossMoments.of_sums(names, 200, table.sum(axis=0), table.T @ table)
    assert direct.covariance == pytest.approx(np.cov(table.T))
    assert summed.covariance == pytest.approx(np.cov(table.T))
    assert summed.pick("c", "a").covariance == pytest.approx(np.cov(table[:, [2, 0]].T))


def test_a_large_mean_takes_no_digits_from_the_variance_when_groups_are_added() -> None:
    rng = np.random.default_rng(2)
    y = 1e9 + rng.normal(size=1000)
    merged = CrossMoments.of({"y": y[:300]}) + CrossMoments.of({"y": y[300:]})
    assert merged.variance("y") == pytest.approx(np.var(y, ddof=1), rel=1e-6)


def test_a_combination_has_the_mean_and_the_covariances_of_the_combined_numbers() -> None:
    y, x = np.random.default_rng(3).normal(size=(2, 50))
    mixed = CrossMoments.of({"y": y, "x": x}).with_combination("z", {"y": 2, "x": -3}, constant=5)
    expected = CrossMoments.of({"y": y, "x": x, "z": 5 + 2 * y - 3 * x})
    assert mixed.means == pytest.approx(expected.means)
    assert mixed.scatter == pytest.approx(expected.scatter)


def test_single_numbers_and_pairs_are_the_moments_other_formulas_take() -> None:
    y, x = np.random.default_rng(4).normal(7, 2, (2, 60))
    both = CrossMoments.of({"y": y, "x": x})
    assert both.moments("y").variance == pytest.approx(np.var(y, ddof=1))
    assert both.pair("y", "x").covariance == pytest.approx(np.cov(y, x)[0, 1])


def test_nobody_is_a_group_that_adds_nothing() -> None:
    nobody = CrossMoments.of_sums(("y",), 0, [0.0], [[0.0]])
    some = CrossMoments.of({"y": [1.0, 2.0]})
    assert (nobody + some).n == 2
    assert (some + nobody).mean("y") == 1.5
    assert CrossMoments.of({"y": []}).n == 0


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_a_value_that_is_no_finite_number_is_named(bad: float) -> None:
    with pytest.raises(YourMistake, match="aum holds values that are not finite"):
        CrossMoments.of({"y": [1.0, 2.0, 3.0], "aum": [1.0, bad, 2.0]})


def test_sums_of_different_people_are_refused() -> None:
    with pytest.raises(YourMistake, match="the sums of y give a negative variance"):
        CrossMoments.of_sums(("y",), 10, [100.0], [[900.0]])


def test_a_name_that_was_not_summed_is_answered_with_the_nearest() -> None:
    with pytest.raises(YourMistake) as told:
        CrossMoments.of({"retained": [1.0, 0.0]}).mean("retainde")
    assert "did you mean 'retained'" in told.value.render()
