from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, roc_auc_score

from liuke.stats.ranking import auc, auc_difference, auc_interval, average_precision, lift_at, midranks

labelled = st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=2, max_size=60).filter(
    lambda rows: len({y for y, _ in rows}) == 2
)


def columns(rows: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([y for y, _ in rows], dtype=int), np.array([s for _, s in rows], dtype=float)


def scored(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.3).astype(int)
    return label, label + rng.normal(scale=1.2, size=n)


@settings(deadline=None)
@given(labelled)
def test_auc_is_sklearns_also_with_ties(rows: list[tuple[bool, int]]) -> None:
    label, score = columns(rows)
    assert auc(label, score) == pytest.approx(roc_auc_score(label, score))


@settings(deadline=None)
@given(labelled)
def test_midranks_are_scipys(rows: list[tuple[bool, int]]) -> None:
    _, score = columns(rows)
    assert midranks(score).tolist() == rankdata(score).tolist()


@settings(deadline=None)
@given(labelled)
def test_average_precision_is_sklearns_also_with_ties(rows: list[tuple[bool, int]]) -> None:
    label, score = columns(rows)
    assert average_precision(label, score) == pytest.approx(average_precision_score(label, score))


@settings(deadline=None)
@given(labelled)
def test_delongs_spread_is_that_of_the_placements_counted_pair_by_pair(rows: list[tuple[bool, int]]) -> None:
    label, score = columns(rows)
    ones, zeros = score[label == 1], score[label == 0]
    found = auc_interval(label, score)
    if ones.size < 2 or zeros.size < 2:
        assert found is None
        return
    wins = (ones[:, None] > zeros) + 0.5 * (ones[:, None] == zeros)
    value = wins.mean()
    spread = math.sqrt(wins.mean(1).var(ddof=1) / ones.size + wins.mean(0).var(ddof=1) / zeros.size)
    assert found is not None
    assert found.estimate == pytest.approx(value)
    if 0 < value < 1 and spread > 1e-12:
        logit = math.log(value / (1 - value)) - 1.959963985 * spread / (value * (1 - value))
        assert found.low == pytest.approx(1 / (1 + math.exp(-logit)))


def test_delongs_interval_covers_the_true_auc_about_as_often_as_it_says() -> None:
    truth = 0.7602499389065233  # of N(1, 1) over N(0, 1): the normal distribution at 1 / sqrt(2)
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        label = np.repeat([0, 1], [80, 40])
        found = auc_interval(label, rng.normal(size=120) + label)
        assert found is not None
        covered += found.low <= truth <= found.high
    assert 276 <= covered <= 297


def test_a_score_is_not_ahead_of_itself_and_is_ahead_of_noise() -> None:
    label, score = scored()
    same = auc_difference(label, score, score)
    noise = auc_difference(label, score, np.random.default_rng(5).normal(size=label.size))
    assert same is not None
    assert (same.estimate, same.low, same.high) == (0, 0, 0)
    assert noise is not None
    assert noise.low > 0


def test_the_paired_interval_is_narrower_than_two_separate_ones_when_scores_go_together() -> None:
    label, score = scored()
    near = score + np.random.default_rng(1).normal(scale=0.1, size=score.size)
    gap, alone = auc_difference(label, score, near), auc_interval(label, score)
    assert gap is not None
    assert alone is not None
    assert gap.high - gap.low < (alone.high - alone.low) / 3


def test_lift_counts_the_people_ranked_highest() -> None:
    label = np.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    found = lift_at(label, np.arange(10, 0, -1), 0.2)
    assert found is not None
    assert (found.people, found.precision, found.recall) == (2, 1.0, pytest.approx(2 / 3))
    assert found.lift == pytest.approx(1 / 0.3)


@settings(deadline=None)
@given(labelled, st.sampled_from([0.05, 0.1, 0.5]), st.randoms())
def test_lift_does_not_depend_on_the_order_of_rows(rows: list[tuple[bool, int]], share: float, random) -> None:
    first = lift_at(*columns(rows), share)
    random.shuffle(rows)
    again = lift_at(*columns(rows), share)
    assert first is not None
    assert again is not None
    assert first.lift == pytest.approx(again.lift)


def test_lift_of_everybody_is_one() -> None:
    found = lift_at(*scored(), 1.0)
    assert found is not None
    assert (found.lift, found.recall) == (pytest.approx(1), pytest.approx(1))


def test_a_ranking_without_both_classes_is_not_known() -> None:
    assert auc([1, 1], [0.1, 0.2]) is None
    assert auc_interval([0, 0, 1], [0.1, 0.2, 0.3]) is None
    assert average_precision([0, 0], [0.1, 0.2]) is None
    assert lift_at([0, 0], [0.1, 0.2], 0.1) is None


def test_a_score_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        auc([0, 1], [0.5, float("nan")])


def test_vectors_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        auc([0, 1], [0.5])
