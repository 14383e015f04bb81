"""Lifts by Fieller against the brute-force set, and why not the delta method."""

from __future__ import annotations

import numpy as np
import pytest

from liuke.stats.adjusted import arm_means
from liuke.stats.arm_means import ArmMeans
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.estimate import t_quantile
from liuke.stats.fieller import delta, fieller
from tests.stats.simulation import covered


def normal_means(treated: float, control: float, v1: float, v0: float, covariance: float = 0.0) -> ArmMeans:
    return ArmMeans(treated, control, v1, v0, covariance, np.inf, 1000)


def test_the_lift_is_every_ratio_that_a_test_of_the_data_would_not_reject() -> None:
    means = normal_means(12, 10, 0.5, 0.8, 0.1)
    ratios = np.linspace(0.5, 2.5, 400_001)
    gap = (means.treated - ratios * means.control) ** 2
    spread = 0.5 - 2 * ratios * 0.1 + ratios**2 * 0.8
    allowed = ratios[gap <= t_quantile(0.975, np.inf) ** 2 * spread] - 1
    lift = means.lift()
    assert lift.estimate == pytest.approx(0.2)
    assert (lift.low, lift.high) == pytest.approx((allowed.min(), allowed.max()), abs=1e-5)


@pytest.mark.parametrize("treated", [10.5, 11.9, 12.6, 7.0])
def test_the_lift_holds_zero_exactly_when_the_difference_does(treated: float) -> None:
    means = normal_means(treated, 10, 0.5, 0.6)
    assert means.lift().excludes_zero == means.difference.interval().excludes_zero
    assert means.lift(reach=3.0).excludes_zero == (abs(treated - 10) > 3 * np.sqrt(1.1))


def test_a_control_mean_that_cannot_be_told_from_zero_gives_no_lift() -> None:
    assert normal_means(5, 1, 1, 1).lift() is None
    assert normal_means(5, 0, 0, 0).lift() is None


def test_far_from_zero_fieller_and_delta_agree() -> None:
    exact = fieller(1000, 900, (4.0, 9.0), 1.0, 1.96, 0.95)
    rough = delta(1000, 900, (4.0, 9.0), 1.0, 1.96, 0.95)
    assert (exact.low, exact.high) == pytest.approx((rough.low, rough.high), rel=1e-4)


def test_with_a_noisy_control_mean_fieller_covers_and_delta_misses_on_one_side_only() -> None:
    rng = np.random.default_rng(1)
    # The lower number is six standard errors from zero, as a small hold-out's mean of money may be.
    pairs = list(zip(rng.normal(0.5, 0.03, 10_000), rng.normal(1, 1 / 6, 10_000), strict=True))
    exact = [fieller(a, b, (0.0009, 1 / 36), 0, 1.96, 0.95) for a, b in pairs]
    rough = [delta(a, b, (0.0009, 1 / 36), 0, 1.96, 0.95) for a, b in pairs]
    assert 0.94 <= covered(exact, 0.5) <= 0.96
    low_misses, high_misses = np.mean([r.low > 0.5 for r in rough]), np.mean([r.high < 0.5 for r in rough])
    assert high_misses > 0.05 > 0.01 > low_misses


def test_the_adjusted_lift_covers() -> None:
    rng = np.random.default_rng(2)
    n = 500
    x = rng.gamma(4, 1, (2000, n))
    arm = np.arange(n) % 5 > 0
    y = x * np.where(arm, 1.2, 1.0) + rng.normal(size=(2000, n))
    lifts = []
    for a, b in zip(y, x, strict=True):
        treated, control = (CrossMoments.of({"y": a[side], "x": b[side]}) for side in (arm, ~arm))
        lifts.append(arm_means(treated, control, "y", ("x",)).lift())
    assert 0.94 <= covered(lifts, 0.2) <= 0.96
