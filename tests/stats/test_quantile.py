from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liuke.errors import YourMistake
from liuke.stats.quantile import ArmQuantile, quantile_difference, quantile_estimate, ranks
from tests.stats.simulation import covered


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("n", [37, 400, 5001])
def test_the_interval_of_one_arm_is_scipys(n: int, share: float) -> None:
    y = np.random.default_rng(n).lognormal(size=n)
    ours = ArmQuantile.of(y, share)
    theirs = stats.quantile_test(y, p=share).confidence_interval(0.95)
    assert ours.value == np.quantile(y, share, method="inverted_cdf")
    expected = tuple(None if np.isnan(v) else v for v in (theirs.low, theirs.high))
    assert (ours.low, ours.high) == expected


def test_the_ranks_of_millions_come_at_once_and_hold_the_level() -> None:
    found = ranks(5_000_000, 0.5)
    below = stats.binom(5_000_000, 0.5)
    assert below.cdf(found.high - 1) - below.cdf(found.low - 1) == pytest.approx(0.95, abs=0.001)


@pytest.mark.parametrize(("share", "seed"), [(0.5, 1), (0.9, 2)])
def test_the_difference_covers_for_skewed_money_of_unlike_arms(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    treated, control = 1.3 * rng.lognormal(0, 1, (4000, 1500)), rng.lognormal(0, 1, (4000, 500))
    truth = 0.3 * stats.lognorm(1).ppf(share)
    found = [
        quantile_difference(ArmQuantile.of(t, share), ArmQuantile.of(c, share))
        for t, c in zip(treated, control, strict=True)
    ]
    assert 0.94 <= covered(found, truth) <= 0.965


def test_the_estimates_variance_is_that_of_a_bootstrap() -> None:
    rng = np.random.default_rng(3)
    t, c = rng.gamma(2, 1, 4000), rng.gamma(2, 1, 3000)
    ours = quantile_estimate(ArmQuantile.of(t, 0.5), ArmQuantile.of(c, 0.5))
    again = [np.median(rng.choice(t, 4000)) - np.median(rng.choice(c, 3000)) for _ in range(800)]
    assert ours.error == pytest.approx(np.std(again), rel=0.2)


def test_arms_too_small_for_an_interval_are_not_known_and_nobody_has_no_quantile() -> None:
    tiny, enough = ArmQuantile.of([1.0, 2.0, 3.0], 0.5), ArmQuantile.of(np.arange(100.0), 0.5)
    assert (tiny.value, tiny.low, tiny.high) == (2.0, None, None)
    assert quantile_difference(tiny, enough) is None
    assert quantile_estimate(enough, tiny) is None
    assert ArmQuantile.of([], 0.5) is None


def test_equal_outcomes_differ_by_exactly_nothing() -> None:
    same = ArmQuantile.of(np.ones(100), 0.5)
    told = quantile_difference(same, same)
    assert (told.low, told.high) == (0, 0)


@pytest.mark.parametrize("share", [0.0, 1.0, 1.5])
def test_the_ends_are_no_quantiles(share: float) -> None:
    with pytest.raises(YourMistake, match="no quantile"):
        ranks(10, share)
