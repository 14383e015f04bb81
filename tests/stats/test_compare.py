"""Formulas against scipy and statsmodels, and their coverage by simulation (seeds are fixed)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from liuke.stats.compare import (
    Interval,
    adjusted_difference,
    difference_of_means,
    difference_of_proportions,
    mean,
    proportion,
    sample_ratio,
)
from liuke.stats.moments import Moments, PairMoments

samples = st.lists(st.floats(-1e4, 1e4).map(lambda v: round(v, 2)), min_size=2, max_size=30)


@settings(deadline=None)
@given(samples, samples)
def test_welch_is_scipys_welch(a: list[float], b: list[float]) -> None:
    ours = difference_of_means(Moments.of(a), Moments.of(b))
    assert ours is not None
    assert ours.estimate == pytest.approx(np.mean(a) - np.mean(b), abs=1e-6)
    if np.ptp(a) > 0.01 and np.ptp(b) > 0.01:
        theirs = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-4, abs=1e-3)


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.floats(0, 1), st.floats(0, 1))
def test_newcombe_is_statsmodels_newcombe(n1: int, n2: int, p1: float, p2: float) -> None:
    k1, k2 = round(n1 * p1), round(n2 * p2)
    ours = difference_of_proportions(k1, n1, k2, n2)
    low, high = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9)
    assert -1 <= ours.low <= ours.estimate <= ours.high <= 1


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.9, 0.95, 0.99]))
def test_wilson_is_statsmodels_wilson(n: int, share: float, level: float) -> None:
    hits = round(n * share)
    ours = proportion(hits, n, level)
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx(proportion_confint(hits, n, 1 - level, "wilson"), abs=1e-9)


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = np.random.default_rng(3).normal(5, 2, 12)
    theirs = stats.ttest_1samp(values, 0).confidence_interval()
    ours = mean(Moments.of(values))
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_the_sample_ratio_check_is_scipys_chi_square() -> None:
    ours, theirs = sample_ratio([905, 95], [900.0, 100.0]), stats.chisquare([905, 95], [900, 100])
    assert ours is not None
    assert (ours.chi2, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert not ours.alarm


def test_any_number_of_arms_with_any_split_is_scipys_chi_square_too() -> None:
    observed, shares = [4780, 2600, 1520, 1100], np.array([0.48, 0.26, 0.15, 0.11])
    ours, theirs = sample_ratio(observed, (shares * 10_000).tolist()), stats.chisquare(observed, shares * 10_000)
    assert ours is not None
    assert (ours.chi2, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


@pytest.mark.parametrize(("observed", "alarm"), [([9000, 1000], False), ([9100, 900], True), ([900, 0], True)])
def test_uneven_arms_raise_the_alarm(observed: list[int], alarm: bool) -> None:
    total = sum(observed)
    found = sample_ratio(observed, [total * 0.9, total * 0.1])
    assert found is not None
    assert found.alarm is alarm


def test_people_in_an_arm_that_was_not_planned_raise_the_alarm_and_no_hold_out_at_all_does_not() -> None:
    unplanned, without = sample_ratio([10, 1], [11, 0]), sample_ratio([10, 0], [10, 0])
    assert unplanned is not None
    assert unplanned.alarm
    assert without is not None
    assert not without.alarm


def test_too_few_people_are_not_known_rather_than_zero() -> None:
    one = Moments.of([1.0])
    pair = PairMoments.of([1.0, 2.0], [1.0, 2.0])
    assert difference_of_means(one, Moments.of([1.0, 2.0])) is None
    assert difference_of_proportions(0, 0, 1, 2) is None
    assert adjusted_difference(pair, pair) is None
    assert mean(one) is None
    assert proportion(0, 0) is None
    assert sample_ratio([0, 0], [0.0, 0.0]) is None


def test_a_negative_factor_swaps_the_ends() -> None:
    assert Interval(1, -1, 3).times(-2) == Interval(-2, -6, 2)


def test_the_adjusted_difference_is_that_of_a_regression_with_arm_effects() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=400)
    arm = rng.integers(0, 2, 400).astype(bool)
    y = 3 * x + 0.4 * arm + rng.normal(size=400)
    ours = adjusted_difference(PairMoments.of(y[arm], x[arm]), PairMoments.of(y[~arm], x[~arm]))
    design = np.column_stack([np.ones(400), arm, x])
    slope = np.linalg.lstsq(design, y, rcond=None)[0]
    assert ours is not None
    assert ours.estimate == pytest.approx(slope[1], abs=1e-9)
    plain = difference_of_means(Moments.of(y[arm]), Moments.of(y[~arm]))
    assert plain is not None
    assert ours.high - ours.low < 0.4 * (plain.high - plain.low)


def covered(intervals: list[Interval | None], truth: float) -> float:
    return float(np.mean([i is not None and i.low <= truth <= i.high for i in intervals]))


@pytest.mark.parametrize(("n1", "n2", "p1", "p2"), [(900, 100, 0.85, 0.75), (90, 10, 0.9, 0.9), (450, 50, 0.97, 0.9)])
def test_newcombe_covers_the_truth_as_often_as_it_says_with_a_small_hold_out(
    n1: int, n2: int, p1: float, p2: float
) -> None:
    rng = np.random.default_rng(11)
    hits = zip(rng.binomial(n1, p1, 2000), rng.binomial(n2, p2, 2000), strict=True)
    share = covered([difference_of_proportions(int(a), n1, int(b), n2) for a, b in hits], p1 - p2)
    assert 0.935 <= share <= 0.985


def test_welch_covers_the_truth_for_skewed_money_with_arms_of_unlike_size() -> None:
    rng = np.random.default_rng(13)
    treated = rng.lognormal(0, 1, (1000, 900))
    control = 0.8 * rng.lognormal(0, 1, (1000, 100))
    truth = 0.2 * np.exp(0.5)
    intervals = [difference_of_means(Moments.of(t), Moments.of(c)) for t, c in zip(treated, control, strict=True)]
    assert 0.92 <= covered(intervals, truth) <= 0.97


def test_the_adjusted_difference_covers_an_effect_that_differs_between_people() -> None:
    rng = np.random.default_rng(17)
    before = rng.lognormal(0, 1, (1000, 1000))
    share = rng.beta(4, 2, (1000, 1000))
    lift = np.clip(rng.normal(0.1, 0.1, (1000, 1000)), 0, 1 - share)
    truth = float(np.mean(before * lift))  # of the population the simulation draws from
    intervals = [
        adjusted_difference(PairMoments.of((b * (s + g))[:850], b[:850]), PairMoments.of((b * s)[850:], b[850:]))
        for b, s, g in zip(before, share, lift, strict=True)
    ]
    assert 0.92 <= covered(intervals, truth) <= 0.975
