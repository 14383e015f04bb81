from __future__ import annotations

import numpy as np
import pytest
from statsmodels.sandbox.regression.gmm import IV2SLS

from liuke.stats.complier import complier_effect
from liuke.stats.cross_moments import CrossMoments
from tests.stats.simulation import covered


def drawn(rng: np.random.Generator, n: int, complying: float, effect: float = 1.0, size: int | None = None):
    """Outcome, worked, arm. Those whose order is worked do better anyway, so comparing them as such would mislead."""
    shape = (n,) if size is None else (size, n)
    complier, always = rng.random(shape) < complying, rng.random(shape) < 0.05
    arm = np.arange(n) % 4 > 0
    worked = always | (complier & arm)
    y = effect * worked + 2.0 * complier + rng.normal(size=shape)
    return y, worked.astype(float), arm


def sums(y: np.ndarray, worked: np.ndarray, arm: np.ndarray) -> tuple[CrossMoments, CrossMoments]:
    return tuple(CrossMoments.of({"y": y[side], "worked": worked[side]}) for side in (arm, ~arm))


def test_the_effect_is_statsmodels_two_stage_least_squares_and_the_headline_stays_by_intention() -> None:
    y, worked, arm = drawn(np.random.default_rng(1), 3000, 0.6)
    found = complier_effect(*sums(y, worked, arm), "y", "worked")
    one = np.ones(3000)
    theirs = IV2SLS(y, np.column_stack([one, worked]), np.column_stack([one, arm])).fit()
    assert found.effect.estimate == pytest.approx(theirs.params[1])
    assert found.by_intention.value == pytest.approx(y[arm].mean() - y[~arm].mean())
    assert found.by_intention.value == pytest.approx(found.effect.estimate * found.reached.value)


def test_with_a_strong_draw_the_interval_is_that_of_the_robust_sandwich() -> None:
    y, worked, arm = drawn(np.random.default_rng(2), 20_000, 0.7)
    found = complier_effect(*sums(y, worked, arm), "y", "worked")
    z, x = (np.column_stack([np.ones(20_000), v]) for v in (arm.astype(float), worked))
    inverse = np.linalg.inv(z.T @ x)
    left = y - x @ inverse @ (z.T @ y)
    error = np.sqrt((inverse @ ((z * left[:, None] ** 2).T @ z) @ inverse.T)[1, 1])
    assert (found.effect.high - found.effect.low) / 2 == pytest.approx(1.96 * error, rel=0.01)
    assert not found.weak


def test_the_interval_covers_the_effect_on_those_reached() -> None:
    y, worked, arm = drawn(np.random.default_rng(3), 600, 0.5, size=2500)
    found = [complier_effect(*sums(a, b, arm), "y", "worked") for a, b in zip(y, worked, strict=True)]
    assert 0.94 <= covered([f.effect for f in found], 1.0) <= 0.96


def test_a_weak_draw_is_said_and_its_set_still_covers() -> None:
    y, worked, arm = drawn(np.random.default_rng(4), 400, 0.09, size=2000)
    found = [complier_effect(*sums(a, b, arm), "y", "worked") for a, b in zip(y, worked, strict=True)]
    assert np.mean([f.weak for f in found]) > 0.4
    # No interval: the data allow any effect, which is true of the truth as well.
    held = [f.effect is None or f.effect.low <= 1.0 <= f.effect.high for f in found]
    assert 0.94 <= np.mean(held) <= 0.97


def test_when_every_order_is_worked_and_no_hold_out_is_it_is_the_plain_difference() -> None:
    rng = np.random.default_rng(5)
    arm = np.arange(200) % 2 == 0
    found = complier_effect(*sums(rng.normal(size=200) + arm, arm.astype(float), arm), "y", "worked")
    plain = found.by_intention.interval()
    assert (found.effect.low, found.effect.high) == pytest.approx((plain.low, plain.high))
    assert found.strength == np.inf


def test_when_nobody_was_reached_any_effect_is_possible() -> None:
    rng = np.random.default_rng(6)
    arm = np.arange(200) % 2 == 0
    found = complier_effect(*sums(rng.normal(size=200), np.zeros(200), arm), "y", "worked")
    assert found.effect is None
    assert found.weak


def test_a_covariate_narrows_it_and_nobody_is_not_known() -> None:
    rng = np.random.default_rng(7)
    y, worked, arm = drawn(rng, 4000, 0.6)
    x = rng.normal(size=4000)
    both = tuple(
        CrossMoments.of({"y": (y + 3 * x)[side], "worked": worked[side], "x": x[side]}) for side in (arm, ~arm)
    )
    plain, sharp = (complier_effect(*both, "y", "worked", c).effect for c in ((), ("x",)))
    assert sharp.high - sharp.low < 0.6 * (plain.high - plain.low)
    nobody = CrossMoments.of_sums(("y", "worked", "x"), 0, [0, 0, 0], np.zeros((3, 3)))
    assert complier_effect(both[0], nobody, "y", "worked") is None
