from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from liuke.stats.drift import (
    EMPTY,
    PSI_ALARM,
    PSI_WATCH,
    Reference,
    calibration_drift,
    ks,
    label_drift,
    psi,
    reference,
    shares_in,
)

values = st.lists(st.one_of(st.integers(-3, 3).map(float), st.just(float("nan"))), min_size=1, max_size=80)


@settings(deadline=None)
@given(values, values)
def test_psi_is_the_sum_over_bins_counted_one_by_one(then: list[float], now: list[float]) -> None:
    of = reference(then, bins=4)

    def share(people: list[float], low: float, high: float) -> float:
        return max(sum(low < v <= high for v in people) / len(people), EMPTY)

    edges = [-np.inf, *of.edges, np.inf]
    pairs = [(share(then, a, b), share(now, a, b)) for a, b in itertools.pairwise(edges)]
    pairs.append(tuple(max(sum(np.isnan(p)) / len(p), EMPTY) for p in (then, now)))
    slow = sum((b - a) * np.log(b / a) for a, b in pairs)
    assert psi(of, shares_in(of, now)) == pytest.approx(slow, abs=1e-12)


@settings(deadline=None)
@given(values)
def test_nothing_moves_from_itself(then: list[float]) -> None:
    of = reference(then)
    assert psi(of, shares_in(of, then)) == 0
    assert sum(of.shares) + of.null == pytest.approx(1)


def test_bins_are_quantiles_of_the_reference() -> None:
    of = reference(np.arange(1, 101))
    assert of.edges == (10, 20, 30, 40, 50, 60, 70, 80, 90)
    assert of.shares == pytest.approx([0.1] * 10)


def test_a_value_that_fills_many_quantiles_has_a_bin_of_its_own() -> None:
    of = reference([0.0] * 70 + list(range(1, 31)))
    assert of.edges[0] == 0
    assert of.shares[0] == pytest.approx(0.7)


def test_the_same_distribution_drawn_again_is_steady_and_a_shift_is_an_alarm() -> None:
    rng = np.random.default_rng(0)
    of = reference(rng.normal(size=5000))
    assert psi(of, shares_in(of, rng.normal(size=5000))) < PSI_WATCH / 5
    assert psi(of, shares_in(of, rng.normal(0.8, 1, 5000))) > PSI_ALARM


def test_nulls_that_appear_are_drift() -> None:
    of = reference(np.arange(100.0))
    now = np.where(np.arange(100) % 3 == 0, np.nan, np.arange(100.0))
    assert psi(of, shares_in(of, now)) > PSI_ALARM


def test_an_all_null_reference_has_one_empty_bin() -> None:
    assert reference([float("nan")] * 3) == Reference((), (0.0,), 1.0, 3)


def test_different_bins_are_not_compared() -> None:
    with pytest.raises(ValueError, match="same bins"):
        psi(reference([1.0, 2.0, 3.0]), reference([4.0, 5.0, 9.0]))


def test_ks_is_scipys_without_nulls() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=300), rng.normal(0.3, 1, 200)
    found = ks(np.r_[a, np.nan], b)
    oracle = stats.ks_2samp(a, b, method="asymp")
    assert found is not None
    assert (found.gap, found.p_value) == pytest.approx((oracle.statistic, oracle.pvalue))
    assert ks([np.nan], b) is None


def test_label_drift_is_the_test_of_two_proportions() -> None:
    found = label_drift(50, 1000, 90, 1200)
    z, p = proportions_ztest([90, 50], [1200, 1000])
    assert found is not None
    assert (found.z, found.p_value) == pytest.approx((z, p))
    assert (found.then, found.now) == (0.05, 0.075)


def test_label_drift_without_people_is_not_known_and_without_spread_is_none() -> None:
    assert label_drift(0, 0, 1, 10) is None
    found = label_drift(0, 10, 0, 20)
    assert found is not None
    assert found.p_value == 1


def test_calibration_drift_alarms_when_more_leave_than_was_said_and_not_otherwise() -> None:
    rng = np.random.default_rng(2)
    p = rng.beta(2, 10, 4000)
    steady = calibration_drift((rng.random(4000) < p).astype(int), p)
    worse = calibration_drift((rng.random(4000) < np.minimum(1.5 * p, 1)).astype(int), p)
    assert steady is not None
    assert not steady.alarm
    assert worse is not None
    assert worse.alarm
    assert worse.in_the_large.low > 0


def test_calibration_drift_waits_for_both_outcomes() -> None:
    assert calibration_drift([0, 0], [0.1, 0.2]) is None
