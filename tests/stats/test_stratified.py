from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from liuke.stats.adjusted import arm_means
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.ratio import linearised
from liuke.stats.stratified import stratified
from tests.stats.simulation import covered


def strata_of(columns: dict[str, np.ndarray], arm: np.ndarray, stratum: np.ndarray):
    return [
        tuple(CrossMoments.of({k: v[side & (stratum == s)] for k, v in columns.items()}) for side in (arm, ~arm))
        for s in np.unique(stratum)
    ]


def test_it_is_the_weighted_mean_of_statsmodels_differences_by_stratum() -> None:
    rng = np.random.default_rng(1)
    stratum, arm = rng.integers(0, 3, 900), rng.random(900) < 0.7
    y = stratum + arm * (1 + stratum) + rng.normal(size=900)
    ours = stratified(strata_of({"y": y}, arm, stratum), "y")
    value = variance = 0.0
    for s in range(3):
        mine = stratum == s
        theirs = CompareMeans(DescrStatsW(y[mine & arm]), DescrStatsW(y[mine & ~arm]))
        value += mine.mean() * (theirs.d1.mean - theirs.d2.mean)
        variance += mine.mean() ** 2 * theirs.std_meandiff_separatevar**2
    assert ours.means.difference.value == pytest.approx(value)
    assert ours.means.difference.variance == pytest.approx(variance)
    assert (ours.strata, ours.gathered) == (3, 0)


def test_strata_with_unlike_shares_mislead_the_plain_difference_and_not_the_stratified_one() -> None:
    rng = np.random.default_rng(2)
    stratum = np.repeat([0, 1], [300, 500])
    arm = np.r_[np.arange(300) < 240, np.arange(500) < 200]
    y = 2.0 * stratum + 0.5 * arm + rng.normal(size=(2000, 800))
    within, plain = [], []
    for row in y:
        parts = strata_of({"y": row}, arm, stratum)
        within.append(stratified(parts, "y").means.difference.interval())
        plain.append(arm_means(parts[0][0] + parts[1][0], parts[0][1] + parts[1][1], "y").difference.interval())
    assert 0.94 <= covered(within, 0.5) <= 0.96
    assert covered(plain, 0.5) < 0.1


def test_thin_strata_are_put_together_and_nobody_is_lost() -> None:
    rng = np.random.default_rng(3)
    stratum = np.r_[np.zeros(500, int), np.arange(1, 41)]  # forty strata of one customer
    arm = rng.random(540) < 0.5
    y = rng.normal(size=540)
    found = stratified(strata_of({"y": y}, arm, stratum), "y")
    assert (found.strata, found.gathered) == (2, 40)
    rest = stratum > 0
    expected = 500 / 540 * (y[~rest & arm].mean() - y[~rest & ~arm].mean()) + 40 / 540 * (
        y[rest & arm].mean() - y[rest & ~arm].mean()
    )
    assert found.means.difference.value == pytest.approx(expected)


def test_thin_strata_that_stay_thin_together_join_the_smallest_other() -> None:
    y = np.arange(60.0)
    arm = np.arange(60) % 2 == 0
    found = stratified(strata_of({"y": y}, arm, np.r_[np.zeros(56, int), [1, 1, 2, 2]]), "y")
    assert (found.strata, found.gathered) == (1, 3)
    assert found.means.difference.value == pytest.approx(y[arm].mean() - y[~arm].mean())


def test_ratios_are_linearised_within_strata() -> None:
    rng = np.random.default_rng(4)
    stratum, arm = rng.integers(0, 2, 400), rng.random(400) < 0.5
    held = rng.gamma(2, 1, 400)
    parts = strata_of({"kept": held * (0.5 + 0.2 * stratum), "held": held}, arm, stratum)
    found = stratified(parts, "ratio", read=lambda sums: linearised(sums, "kept", "held"))
    assert found.means.difference.value == pytest.approx(0, abs=1e-12)
    assert found.means.control == pytest.approx(0.5 + 0.2 * stratum.mean())


def test_nobody_in_an_arm_is_not_known_yet() -> None:
    some, nobody = CrossMoments.of({"y": [1.0, 2.0, 3.0]}), CrossMoments.of_sums(("y",), 0, [0], [[0]])
    assert stratified([(some, nobody)], "y") is None
    assert stratified([], "y") is None
    assert stratified([(nobody, nobody)], "y") is None
