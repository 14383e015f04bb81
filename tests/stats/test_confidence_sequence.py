"""The sequence against its mixture martingale by quadrature, and continuous peeking by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from liuke.errors import YourMistake
from liuke.stats.confidence_sequence import ENOUGH, always_valid, always_valid_p, reach, width_factor
from liuke.stats.estimate import Estimate


def rho_squared(planned: float, level: float) -> float:
    """The best mixing variance for t*, by minimising the paper's width instead of by Lambert's W."""
    alpha = 1 - level

    def width(log_rho2: float) -> float:
        v = planned * np.exp(log_rho2)
        return 2 * (v + 1) / v * np.log(np.sqrt(v + 1) / alpha)

    return float(np.exp(optimize.minimize_scalar(width, bounds=(-12, 8), method="bounded", options={"xatol": 1e-9}).x))


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("seen", [60, 400, 5000])
def test_the_edge_is_where_the_normal_mixture_of_the_likelihood_ratio_reaches_one_over_alpha(
    seen: float, level: float
) -> None:
    planned = 400
    rho2 = rho_squared(planned, level)
    total = width_factor(seen, planned, level) * np.sqrt(seen)  # |Σ|, each unit of variance 1

    def ratio(lean: float) -> float:
        return float(np.exp(lean * total - lean**2 * seen / 2) * stats.norm.pdf(lean, 0, np.sqrt(rho2)))

    around = total / (seen + 1 / rho2)
    mixture, _ = integrate.quad(ratio, around - 12 / np.sqrt(seen), around + 12 / np.sqrt(seen), limit=200)
    assert mixture == pytest.approx(1 / (1 - level), rel=1e-4)


def test_no_other_tuning_is_tighter_at_the_planned_end() -> None:
    at_end = width_factor(1000, 1000)
    assert all(width_factor(1000, planned) >= at_end for planned in (10, 500, 900, 1100, 2000, 1e6))


def test_the_p_value_is_below_the_level_exactly_when_the_sequence_leaves_out_zero() -> None:
    for value in np.linspace(0.01, 5, 60):
        estimate = Estimate(value, 1.0, 40.0, 300.0)
        assert (always_valid_p(estimate, 500) < 0.05) == always_valid(estimate, 500).excludes_zero


def peeked(outcomes: np.ndarray, arm: np.ndarray, truth: float, planned: float) -> np.ndarray:
    """Per experiment whether any look, one after every unit from ENOUGH pairs on, missed the truth."""
    n1, n0 = np.cumsum(arm), np.cumsum(~arm)
    units = n1 * n0 / np.maximum(n1 + n0, 1)

    def mean_and_error(side: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n = np.maximum(n, 2)
        total, squares = np.cumsum(outcomes * side, axis=1), np.cumsum(outcomes**2 * side, axis=1)
        return total / n, (squares - total**2 / n) / (n - 1) / n

    (m1, v1), (m0, v0) = mean_and_error(arm, n1), mean_and_error(~arm, n0)
    read = units >= ENOUGH
    wide = np.array([width_factor(u, planned) for u in units[read]])
    return (np.abs(m1 - m0 - truth)[:, read] > wide * np.sqrt(v1 + v0)[:, read]).any(axis=1)


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_looking_after_every_customer_keeps_false_alarms_of_retention_below_five_percent(share: float) -> None:
    rng = np.random.default_rng(1)
    arm = rng.random(4000) < share
    outcomes = (rng.random((1500, 4000)) < 0.8).astype(np.float64)
    assert peeked(outcomes, arm, 0.0, planned=800).mean() <= 0.05


def test_looking_after_every_customer_covers_the_effect_on_skewed_money() -> None:
    rng = np.random.default_rng(2)
    arm = np.arange(4000) % 2 == 0
    outcomes = rng.gamma(1, 1, (1000, 4000)) + 0.4 * arm
    assert peeked(outcomes, arm, 0.4, planned=1000).mean() <= 0.05


def test_looking_as_often_at_fixed_horizon_intervals_would_cry_wolf() -> None:
    rng = np.random.default_rng(3)
    sums = np.cumsum(rng.normal(size=(2000, 2000)), axis=1)[:, 49:]
    z = np.abs(sums) / np.sqrt(np.arange(50, 2001))
    assert (z > 1.96).any(axis=1).mean() > 0.3


def test_before_enough_units_nothing_is_known_yet() -> None:
    early = Estimate(1.0, 0.1, 10, ENOUGH - 1)
    assert always_valid(early, 500) is None
    assert always_valid_p(early, 500) is None
    assert reach(early, 500) is None


def test_few_degrees_of_freedom_widen_the_sequence() -> None:
    few, many = (always_valid(Estimate(0.0, 1.0, degrees, 60), 100) for degrees in (5, np.inf))
    assert few.high == pytest.approx(many.high * stats.t.ppf(0.975, 5) / stats.norm.ppf(0.975))


def test_no_spread_is_certainty() -> None:
    assert always_valid_p(Estimate(0.3, 0.0, np.inf, 100), 100) == 0
    assert always_valid(Estimate(0.0, 0.0, np.inf, 100), 100).excludes_zero is False
    assert always_valid_p(Estimate(0.0, 0.0, np.inf, 100), 100) == 1


@pytest.mark.parametrize("planned", [0, -5, np.nan, np.inf])
def test_a_plan_without_a_number_of_units_is_the_callers_mistake(planned: float) -> None:
    with pytest.raises(YourMistake, match="planned for"):
        always_valid(Estimate(0.0, 1.0, np.inf, 100), planned)
