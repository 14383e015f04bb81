from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from liuke.stats import calibration
from liuke.stats.calibration import (
    Beta,
    Identity,
    Isotonic,
    brier,
    calibration_from,
    calibration_line,
    expected_calibration_error,
    fit_beta,
    fit_isotonic,
    log_loss,
    reliability,
)

rows = st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.99)), min_size=3, max_size=60)


def bent(n: int = 20_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities that are too bold: the truth is their logit halved and shifted."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 3, n)
    truth = special.expit(0.5 * special.logit(p) - 0.7)
    return (rng.random(n) < truth).astype(int), p


@settings(deadline=None)
@given(rows)
def test_isotonic_fits_what_sklearn_fits(found: list[tuple[bool, float]]) -> None:
    # sklearn pools probabilities that differ in their last bits only; ours keeps them apart.
    y, p = np.array([float(y) for y, _ in found]), np.array([round(p, 9) for _, p in found])
    margin = 0.5 / (y.size + 1)
    oracle = np.clip(IsotonicRegression(out_of_bounds="clip").fit(p, y).predict(p), margin, 1 - margin)
    assert fit_isotonic(y, p)(p) == pytest.approx(oracle, abs=1e-9)


@settings(deadline=None)
@given(rows)
def test_isotonic_never_falls_and_is_never_certain(found: list[tuple[bool, float]]) -> None:
    y, p = np.array([float(y) for y, _ in found]), np.array([p for _, p in found])
    mapped = fit_isotonic(y, p)(np.linspace(0, 1, 101))
    assert (np.diff(mapped) >= -1e-12).all()
    assert mapped.min() > 0
    assert mapped.max() < 1


def test_beta_is_logistic_regression_on_two_logarithms() -> None:
    y, p = bent(5000)
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(np.column_stack([np.log(p), -np.log1p(-p)]), y)
    found = fit_beta(y, p)
    assert (found.a, found.b) == pytest.approx(oracle.coef_[0], rel=1e-3)
    assert found.c == pytest.approx(oracle.intercept_[0], rel=1e-3)


def test_beta_never_turns_the_ranking_round() -> None:
    y, p = bent(2000)
    found = fit_beta(1 - y, p)
    assert min(found.a, found.b) >= 0
    assert (np.diff(found(np.linspace(0.01, 0.99, 50))) >= 0).all()


@pytest.mark.parametrize("fit", [fit_beta, fit_isotonic])
def test_a_fitted_map_calibrates_people_it_has_not_seen(fit) -> None:
    y, p = bent()
    fresh_y, fresh = bent(seed=1)
    assert expected_calibration_error(fresh_y, fresh) > 0.05
    assert expected_calibration_error(fresh_y, fit(y, p)(fresh)) < 0.015


@pytest.mark.parametrize("fit", [fit_beta, fit_isotonic])
def test_a_weight_of_two_is_the_same_person_twice(fit) -> None:
    y, p = bent(300)
    weight = np.where(np.arange(300) < 100, 2.0, 1.0)
    twice = fit(np.r_[y, y[:100]], np.r_[p, p[:100]])
    assert fit(y, p, weight)(p) == pytest.approx(twice(p), abs=2e-3)


def test_weights_undo_the_sampling_of_stayers() -> None:
    y, p = bent()
    kept = (y == 1) | (np.random.default_rng(2).random(y.size) < 0.25)
    mapped = fit_beta(y[kept], p[kept], np.where(y[kept] == 1, 1.0, 4.0))
    assert mapped(p).mean() == pytest.approx(y.mean(), abs=0.01)


@pytest.mark.parametrize("made", [Identity(), Beta(0.5, 1.5, -0.25), Isotonic((0.1, 0.9), (0.2, 0.7))])
def test_a_calibration_is_read_back_from_its_plain_values(made) -> None:
    assert calibration_from(made.as_dict()) == made


def test_plain_values_that_are_no_calibration_are_refused() -> None:
    with pytest.raises(ValueError, match="not a calibration"):
        calibration_from({"kind": "isotonic", "x": [0.1], "y": []})


def test_log_loss_and_brier_are_sklearns() -> None:
    y, p = bent(500)
    assert log_loss(y, p) == pytest.approx(sklearn_log_loss(y, p))
    assert brier(y, p) == pytest.approx(brier_score_loss(y, p))


def test_a_certain_and_wrong_probability_costs_much_but_not_infinitely() -> None:
    assert np.isfinite(log_loss([1], [0.0]))


def test_bins_hold_equally_many_people_and_everybody_once() -> None:
    y, p = bent(1003)
    found = reliability(y, p, 10)
    assert sum(b.people for b in found) == 1003
    assert {b.people for b in found} <= {100, 101}
    assert sum(b.people * b.observed for b in found) == pytest.approx(y.sum())


def test_people_of_equal_probability_stay_in_one_bin_whatever_their_order() -> None:
    y, p = np.array([0, 1] * 50), np.array([0.2] * 60 + [0.5] * 40)
    shuffled = np.random.default_rng(0).permutation(100)
    assert [b.people for b in reliability(y, p, 10)] == [60, 40]
    assert reliability(y, p, 10) == reliability(y[shuffled], p[shuffled], 10)


def test_ece_is_the_gap_when_everybody_has_one_probability() -> None:
    assert expected_calibration_error([1, 0, 0, 0], [0.4] * 4) == pytest.approx(0.15)


def test_the_recalibration_line_is_statsmodels_and_finds_the_planted_bend() -> None:
    y, p = bent(4000)
    found = calibration_line(y, p)
    assert found is not None
    _, slope = found
    oracle = sm.Logit(y, sm.add_constant(special.logit(p))).fit(disp=0)
    assert slope.estimate == pytest.approx(oracle.params[1], rel=1e-5)
    assert (slope.low, slope.high) == pytest.approx(oracle.conf_int()[1], rel=1e-4)
    assert slope.low < 0.5 < slope.high


def test_true_probabilities_give_the_perfect_line() -> None:
    rng = np.random.default_rng(3)
    p = rng.beta(2, 6, 5000)
    found = calibration_line((rng.random(5000) < p).astype(int), p)
    assert found is not None
    intercept, slope = found
    assert not intercept.excludes_zero
    assert slope.low < 1 < slope.high


def test_no_line_through_one_class_or_one_probability() -> None:
    assert calibration_line([0, 0, 0], [0.1, 0.2, 0.3]) is None
    assert calibration_line([0, 1, 0], [0.2, 0.2, 0.2]) is None


def test_vectors_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        calibration.log_loss([0, 1], [0.5])
