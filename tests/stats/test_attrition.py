from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liuke.errors import YourMistake
from liuke.stats.attrition import LeeBounds, Seen, Trimmed, cut_share, imbens_manski, lee_bounds
from liuke.stats.compare import difference_of_means
from liuke.stats.moments import Moments


def bounds(treated: np.ndarray, control: np.ndarray, drawn: tuple[int, int]) -> LeeBounds | None:
    arms = Seen(drawn[0], Moments.of(treated)), Seen(drawn[1], Moments.of(control))
    found = cut_share(*arms)
    if found is None:
        return None
    cut, of_treated = found
    y = treated if of_treated else control
    return lee_bounds(*arms, Trimmed.of(y, cut, top=True), Trimmed.of(y, cut, top=False))


def test_the_bounds_are_those_of_cutting_the_sorted_outcomes_by_hand() -> None:
    rng = np.random.default_rng(1)
    treated, control = rng.normal(1, 1, 900), rng.normal(0, 1, 720)
    found = bounds(treated, control, (1000, 1000))
    assert found.cut == pytest.approx(0.2)
    assert found.trimmed_treated
    ordered = np.sort(treated)
    assert found.low == pytest.approx(ordered[:720].mean() - control.mean())
    assert found.high == pytest.approx(ordered[180:].mean() - control.mean())


def test_zeros_and_ones_are_cut_exactly_though_all_are_ties() -> None:
    treated, control = np.repeat([0.0, 1.0], [300, 600]), np.repeat([0.0, 1.0], [400, 400])
    found = bounds(treated, control, (1000, 1000))
    # 100 of the 900 treated outcomes are cut: all from the ones, or all from the zeros.
    assert found.low == pytest.approx(500 / 800 - 0.5)
    assert found.high == pytest.approx(600 / 800 - 0.5)


def test_swapping_the_arms_swaps_the_sign() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.gamma(2, 1, 450), rng.gamma(3, 1, 300)
    one, other = bounds(a, b, (500, 500)), bounds(b, a, (500, 500))
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert (one.interval.low, one.interval.high) == pytest.approx((-other.interval.high, -other.interval.low))
    assert (one.trimmed_treated, other.trimmed_treated) == (True, False)


def test_where_nothing_is_missing_it_is_nearly_the_plain_difference() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(1, 1, 2000), rng.normal(0, 1, 1000)
    found, plain = bounds(a, b, (2000, 1000)), difference_of_means(Moments.of(a), Moments.of(b))
    assert (found.low, found.high) == pytest.approx((plain.estimate, plain.estimate))
    assert found.interval.high - found.interval.low == pytest.approx(plain.high - plain.low, rel=0.01)


def test_imbens_and_manskis_reach_lies_between_two_sided_and_one_sided() -> None:
    assert imbens_manski(0.0, 1.0) == pytest.approx(1.95996, abs=1e-4)
    assert imbens_manski(100.0, 1.0) == pytest.approx(1.64485, abs=1e-4)
    assert imbens_manski(1.0, 0.0) == pytest.approx(1.64485, abs=1e-4)


def test_the_standard_errors_are_those_of_many_experiments_and_the_interval_covers_the_edge() -> None:
    rng = np.random.default_rng(4)
    lows, covered, reach = [], [], []
    # Of N(0, 1) the best 15% are never seen, the next 15% only when treated: without the best the bound is the truth.
    never, if_treated = stats.norm.ppf([0.85, 0.7])
    truth = 0.4
    for _ in range(2000):
        y = rng.normal(size=2000)
        arm = np.arange(2000) % 2 == 0
        treated, control = (y + truth)[arm & (y < never)], y[~arm & (y < if_treated)]
        found = bounds(treated, control, (1000, 1000))
        lows.append(found.low)
        covered.append(found.interval.low <= truth <= found.interval.high)
        reach.append((found.low - found.interval.low) / 1.645)
    assert np.mean(lows) == pytest.approx(truth, abs=0.01)
    assert np.mean(reach) == pytest.approx(np.std(lows), rel=0.05)
    assert 0.94 <= np.mean(covered) <= 0.96


def test_too_few_outcomes_are_not_known_and_more_outcomes_than_people_are_refused() -> None:
    assert cut_share(Seen(10, Moments.of([1.0])), Seen(10, Moments.of([1.0, 2.0]))) is None
    with pytest.raises(YourMistake, match="3 outcomes of 2 drawn"):
        cut_share(Seen(2, Moments.of([1.0, 2.0, 3.0])), Seen(2, Moments.of([1.0, 2.0])))
