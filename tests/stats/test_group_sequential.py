"""Boundaries against published tables, scipy's multivariate normal and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liuke.errors import YourMistake
from liuke.stats.estimate import Estimate
from liuke.stats.group_sequential import inflation, sequential_plan, spending_function, stopping_chances

FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.mark.parametrize(
    ("spending", "published"),
    [
        # Reboussin, DeMets, Kim & Lan (2000), Controlled Clinical Trials 21: two-sided 0.05, five equal looks.
        ("obrien_fleming", (4.8769, 3.3569, 2.6803, 2.2898, 2.0310)),
        ("pocock", (2.4380, 2.4268, 2.4101, 2.3966, 2.3859)),
    ],
)
def test_five_equal_looks_have_the_published_boundaries(spending: str, published: tuple[float, ...]) -> None:
    assert sequential_plan(FIFTHS, spending).bounds == pytest.approx(published, abs=2e-4)


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_the_chance_of_no_crossing_is_scipys_multivariate_normal(spending: str) -> None:
    times = np.array([0.3, 0.45, 1.0])
    plan = sequential_plan(tuple(times), spending)
    covariance = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    bounds = np.array(plan.bounds)
    inside = stats.multivariate_normal(np.zeros(3), covariance, seed=1).cdf(bounds, lower_limit=-bounds)
    assert 1 - inside == pytest.approx(0.05, abs=2e-4)


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_each_look_spends_what_the_function_allows_and_all_together_the_level(spending: str) -> None:
    plan = sequential_plan((0.1, 0.5, 0.7, 1.0), spending, level=0.9)
    spent = np.cumsum(stopping_chances(plan, 0.0))
    assert spent == pytest.approx([spending_function(t, spending, 0.9) for t in plan.times], abs=1e-8)
    assert spent[-1] == pytest.approx(0.05, abs=1e-8)


def test_one_look_at_the_end_is_the_ordinary_test() -> None:
    assert sequential_plan((1.0,)).bounds[0] == pytest.approx(stats.norm.ppf(0.975))
    assert inflation(sequential_plan((1.0,)), 0.9) == pytest.approx(1.0, abs=1e-4)


def test_a_look_does_not_depend_on_looks_still_to_come() -> None:
    early = sequential_plan((0.25, 0.6)).bounds
    assert sequential_plan((0.25, 0.6, 0.61, 1.0)).bounds[:2] == pytest.approx(early)


def test_a_look_far_too_early_can_stop_nothing() -> None:
    plan = sequential_plan((0.001, 1.0))
    assert plan.bounds[0] == 8.0
    assert plan.bounds[1] == pytest.approx(stats.norm.ppf(0.975), abs=1e-6)


def test_daily_looks_over_a_month_still_spend_exactly_the_level() -> None:
    plan = sequential_plan(tuple(np.arange(1, 31) / 30), "pocock")
    assert 2 * sum(stopping_chances(plan, 0.0)) == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_power_and_coverage_are_those_of_simulated_experiments(spending: str) -> None:
    plan = sequential_plan(FIFTHS, spending)
    drift = 2.8 * np.sqrt(inflation(plan, 0.8)) * 1.0006
    rng = np.random.default_rng(1)
    paths = np.cumsum(rng.normal(0, np.sqrt(0.2), (40_000, 5)), axis=1) + drift * np.array(FIFTHS)
    z = paths / np.sqrt(FIFTHS)
    crossed = (z >= np.array(plan.bounds)).any(axis=1).mean()
    assert crossed == pytest.approx(0.8, abs=0.01)
    assert crossed == pytest.approx(sum(stopping_chances(plan, drift)), abs=0.008)
    low = np.array([plan.interval(Estimate(0.0, 1 / t), k).low for k, t in enumerate(FIFTHS)])
    every_look_holds_the_truth = (np.abs(paths / np.array(FIFTHS) - drift) <= -low).all(axis=1)
    assert every_look_holds_the_truth.mean() == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("times", [(), (0.0, 1.0), (0.5, 0.5), (0.7, 0.3), (0.5, 1.2)])
def test_looks_that_do_not_rise_to_one_are_the_callers_mistake(times: tuple[float, ...]) -> None:
    with pytest.raises(YourMistake, match="not a plan"):
        sequential_plan(times)
