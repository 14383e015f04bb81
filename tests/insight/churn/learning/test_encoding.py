import numpy as np
import pytest

from liuke.insight.churn.learning.encoding import STRENGTH, Encoding, encoded_out_of_fold, fit_encoding

CODES = np.array([7.0] * 60 + [9.0] * 40 + [np.nan] * 20)
LABEL = np.array([1] * 30 + [0] * 30 + [0] * 40 + [1] * 20, dtype=np.int8)


def test_the_rate_of_a_code_is_drawn_towards_the_overall_rate():
    found = fit_encoding(0, CODES, LABEL).apply(np.array([7.0, 9.0, np.nan]))
    prior = 50 / 120
    assert found[:, 0] == pytest.approx(
        [(k + STRENGTH * prior) / (n + STRENGTH) for k, n in ((30, 60), (0, 40), (20, 20))]
    )
    assert found[:, 1] == pytest.approx(np.log1p([60, 40, 20]))


def test_a_code_never_seen_has_the_overall_rate_and_no_frequency():
    assert fit_encoding(0, CODES, LABEL).apply(np.array([8.0]))[0] == pytest.approx([50 / 120, 0])


def test_a_persons_own_outcome_never_reaches_the_column_they_are_learned_from():
    # Everybody has a code of their own, so the code's rate on all people would be the outcome itself.
    label = (np.random.default_rng(0).random(400) < 0.4).astype(np.int8)
    lone = np.arange(400.0)
    encoding = fit_encoding(0, lone, label)
    assert np.corrcoef(encoding.apply(lone)[:, 0], label)[0, 1] == pytest.approx(1)
    assert np.ptp(encoded_out_of_fold(encoding, lone, label, 1)[:, 0]) < 0.01


def test_an_encoding_is_read_back_from_its_plain_values():
    one = fit_encoding(3, CODES, LABEL)
    assert Encoding.from_dict(one.as_dict()) == one
