"""Means of two arms against scipy and statsmodels, and their coverage by simulation (seeds are fixed)."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from liuke.errors import YourMistake
from liuke.stats.adjusted import arm_means, variance_kept
from liuke.stats.compare import adjusted_difference
from liuke.stats.cross_moments import CrossMoments
from tests.stats.simulation import covered


def drawn(n: int, seed: int, share: float = 0.6):
    """An experiment with two covariates on very different scales and an effect of 0.5."""
    rng = np.random.default_rng(seed)
    aum, calls = rng.lognormal(10, 1, n), rng.poisson(3, n).astype(float)
    arm = rng.random(n) < share
    y = 2e-5 * aum + 0.8 * calls + 0.5 * arm + rng.normal(0, 1 + arm, n)
    return {"y": y, "aum": aum, "calls": calls}, arm


def split(columns: dict[str, np.ndarray], arm: np.ndarray) -> tuple[CrossMoments, CrossMoments]:
    return tuple(CrossMoments.of({k: v[side] for k, v in columns.items()}) for side in (arm, ~arm))


def test_without_covariates_it_is_scipys_welch() -> None:
    columns, arm = drawn(90, 1)
    ours = arm_means(*split(columns, arm), "y").difference
    theirs = stats.ttest_ind(columns["y"][arm], columns["y"][~arm], equal_var=False)
    interval = theirs.confidence_interval()
    assert (ours.interval().low, ours.interval().high) == pytest.approx((interval.low, interval.high))
    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert ours.degrees == pytest.approx(theirs.df)


def test_with_several_covariates_it_is_statsmodels_regression_with_robust_errors() -> None:
    columns, arm = drawn(4000, 2)
    ours = arm_means(*split(columns, arm), "y", ("aum", "calls")).difference
    design = sm.add_constant(np.column_stack([arm, columns["aum"], columns["calls"]]).astype(float))
    theirs = sm.OLS(columns["y"], design).fit(cov_type="HC2")
    assert ours.value == pytest.approx(theirs.params[1], rel=1e-6)
    assert ours.error == pytest.approx(theirs.bse[1], rel=0.01)


def test_with_one_covariate_it_is_the_difference_the_effect_report_shows() -> None:
    columns, arm = drawn(500, 3)
    treated, control = split(columns, arm)
    ours = arm_means(treated, control, "y", ("aum",)).difference.interval()
    shown = adjusted_difference(treated.pair("y", "aum"), control.pair("y", "aum"))
    assert ours.estimate == pytest.approx(shown.estimate)
    assert (ours.high - ours.low) == pytest.approx(shown.high - shown.low, rel=0.003)  # it counts the slope


def test_both_adjusted_means_stand_at_the_covariates_mean_of_everybody() -> None:
    columns, arm = drawn(3000, 4)
    means = arm_means(*split(columns, arm), "y", ("calls",))
    fit = sm.OLS(columns["y"], sm.add_constant(np.column_stack([arm, columns["calls"]]).astype(float))).fit()
    at_mean = fit.predict([[1, 1, columns["calls"].mean()], [1, 0, columns["calls"].mean()]])
    assert (means.treated, means.control) == pytest.approx(tuple(at_mean), rel=1e-6)


def test_a_covariate_that_does_not_vary_or_repeats_another_changes_nothing() -> None:
    columns, arm = drawn(400, 5)
    columns |= {"one": np.full(400, 1e7 / 3), "again": 3 * columns["aum"]}
    arms = split(columns, arm)
    alone = arm_means(*arms, "y", ("aum",)).difference
    with_constant = arm_means(*arms, "y", ("aum", "one")).difference
    twice = arm_means(*arms, "y", ("aum", "again")).difference
    assert with_constant.value == pytest.approx(alone.value)
    assert twice.value == pytest.approx(alone.value)
    assert twice.error == pytest.approx(alone.error, rel=0.01)


def test_the_variance_kept_is_what_a_regression_leaves_unexplained() -> None:
    rng = np.random.default_rng(6)
    x, arm = rng.normal(size=20000), rng.random(20000) < 0.5
    kept = variance_kept(*split({"y": 3 * x + rng.normal(size=20000), "x": x}, arm), "y", ("x",))
    assert kept == pytest.approx(0.1, abs=0.01)


def test_equal_outcomes_of_everybody_are_an_answer_without_doubt() -> None:
    rng = np.random.default_rng(7)
    same = {"y": np.full(50, 0.1), "x": rng.normal(size=50)}
    arms = split(same, rng.random(50) < 0.5)
    plain, sharp = (arm_means(*arms, "y", covariates).difference for covariates in ((), ("x",)))
    assert plain.interval().low == pytest.approx(0, abs=1e-12)
    assert sharp.interval().high == pytest.approx(0, abs=1e-12)
    assert variance_kept(*arms, "y", ("x",)) in (None, pytest.approx(1.0, abs=1e-6))


def test_an_arm_with_nobody_or_too_few_for_the_slopes_is_not_known_yet() -> None:
    some = CrossMoments.of({"y": [1.0, 2.0, 4.0], "x": [0.0, 1.0, 0.5]})
    nobody = CrossMoments.of_sums(("y", "x"), 0, [0, 0], np.zeros((2, 2)))
    pair = CrossMoments.of({"y": [1.0, 2.0], "x": [0.0, 1.0]})
    assert arm_means(some, nobody, "y") is None
    assert arm_means(nobody, some, "y", ("x",)) is None
    assert arm_means(pair, pair, "y", ("x",)) is not None
    assert arm_means(pair, pair, "y", ("x", "y")) is None


def test_sums_of_covariates_over_other_people_are_refused_instead_of_a_negative_variance() -> None:
    right = CrossMoments.of({"y": [1.0, 2.0, 3.0, 4.0], "x": [1.0, 2.1, 2.9, 4.2]})
    wrong = CrossMoments(right.names, 4, right.means, right.scatter * np.array([[1, 3], [3, 1]]))
    with pytest.raises(YourMistake, match="negative once the covariates are taken out"):
        arm_means(wrong, wrong, "y", ("x",))


def test_two_covariates_cover_an_effect_that_differs_between_people_with_a_small_hold_out() -> None:
    rng = np.random.default_rng(8)
    n, held = 600, 90
    x1, x2 = rng.gamma(2, 1, (3000, n)), rng.normal(size=(3000, n))
    arm = np.arange(n) >= held
    y = x1 + x2 + arm * 0.3 * x1 + rng.normal(size=(3000, n))
    found = [
        arm_means(*split({"y": a, "x1": b, "x2": c}, arm), "y", ("x1", "x2")).difference.interval()
        for a, b, c in zip(y, x1, x2, strict=True)
    ]
    assert 0.94 <= covered(found, 0.6) <= 0.96


def test_a_missing_pre_period_stands_as_zero_with_a_mark_and_the_interval_still_covers() -> None:
    rng = np.random.default_rng(9)
    n = 400
    x = rng.normal(2, 1, (2500, n))
    missing = rng.random((2500, n)) < 0.3
    arm = np.arange(n) % 2 == 0
    y = 2 * x + 0.5 * arm + rng.normal(size=(2500, n))
    columns = (y, np.where(missing, 0, x), missing.astype(float))
    found = []
    for a, b, c in zip(*columns, strict=True):
        arms = split({"y": a, "x": b, "new": c}, arm)
        found.append(arm_means(*arms, "y", ("x", "new")).difference.interval())
    assert 0.94 <= covered(found, 0.5) <= 0.96
    assert variance_kept(*arms, "y", ("x", "new")) < 0.6
