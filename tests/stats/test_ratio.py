from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from liuke.errors import YourMistake
from liuke.stats.adjusted import arm_means
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.ratio import linearised
from tests.stats.simulation import covered


def ratio_means(arms: tuple[CrossMoments, CrossMoments], covariates: tuple[str, ...] = ()):
    treated, control = (linearised(arm, "kept", "held") for arm in arms)
    return arm_means(treated, control, "ratio", covariates)


def test_the_difference_of_ratios_is_statsmodels_regression_clustered_by_customer() -> None:
    rng = np.random.default_rng(1)
    customers, arm = 400, np.arange(400) % 2 == 0
    cases = rng.integers(1, 9, customers)
    owner = np.repeat(np.arange(customers), cases)
    kept = rng.random(customers)[owner] + rng.normal(0, 0.3, owner.size) + 0.1 * arm[owner]
    per_customer = {"kept": np.bincount(owner, kept), "held": cases.astype(float)}
    arms = tuple(CrossMoments.of({k: v[side] for k, v in per_customer.items()}) for side in (arm, ~arm))
    ours = ratio_means(arms).difference
    fit = sm.OLS(kept, sm.add_constant(arm[owner].astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": owner, "use_correction": False}
    )
    assert ours.value == pytest.approx(fit.params[1])
    assert ours.variance == pytest.approx(fit.cov_params()[1, 1] * 200 / 199)


def test_the_ratio_covers_and_a_covariate_makes_it_narrower() -> None:
    rng = np.random.default_rng(2)
    n = 600
    held = rng.gamma(2, 1, (2000, n))
    kind = rng.normal(size=(2000, n))
    arm = np.arange(n) % 4 > 0
    kept = held * np.clip(0.6 + 0.1 * arm + 0.2 * kind, None, None) + rng.normal(0, 0.2, (2000, n))
    plain, sharp = [], []
    for k, h, x in zip(kept, held, kind, strict=True):
        arms = tuple(CrossMoments.of({"kept": k[side], "held": h[side], "x": x[side]}) for side in (arm, ~arm))
        plain.append(ratio_means(arms).difference.interval())
        sharp.append(ratio_means(arms, ("x",)).difference.interval())
    assert 0.94 <= covered(plain, 0.1) <= 0.96
    assert 0.94 <= covered(sharp, 0.1) <= 0.96
    assert np.mean([i.high - i.low for i in sharp]) < 0.85 * np.mean([i.high - i.low for i in plain])


def test_nothing_below_is_the_callers_mistake_and_nobody_is_not() -> None:
    with pytest.raises(YourMistake, match="held sums to 0"):
        linearised(CrossMoments.of({"kept": [1.0, 2.0], "held": [0.0, 0.0]}), "kept", "held")
    nobody = CrossMoments.of_sums(("kept", "held"), 0, [0, 0], np.zeros((2, 2)))
    assert linearised(nobody, "kept", "held").n == 0
