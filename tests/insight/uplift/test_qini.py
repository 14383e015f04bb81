"""The curves against a slow and obvious way of counting, written from scikit-uplift's definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.insight.uplift.qini import auuc, gain_per_person, qini, qini_curve, uplift_at, uplift_curve


def points(outcome, score, treated, value):
    """(k, value) after each run of equal scores, highest first, by counting people one by one."""
    found = [(0, 0.0)]
    for cut in sorted(set(score), reverse=True):
        first = [i for i in range(len(score)) if score[i] >= cut]
        nt = sum(treated[i] for i in first)
        nc = len(first) - nt
        yt = sum(outcome[i] for i in first if treated[i])
        yc = sum(outcome[i] for i in first if not treated[i])
        found.append((len(first), value(yt, yc, nt, nc, len(first))))
    return found


def of_qini(yt, yc, nt, nc, _k):
    return yt - (yc * nt / nc if nc else 0.0)


def of_uplift(yt, yc, nt, nc, k):
    return ((yt / nt if nt else 0.0) - (yc / nc if nc else 0.0)) * k


def area(curve):
    return sum((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in itertools.pairwise(curve))


def slow_coefficient(outcome, score, treated, perfect, value):
    actual, best = points(outcome, score, treated, value), points(outcome, perfect, treated, value)
    line = best[-1][0] * best[-1][1] / 2
    return (area(actual) - line) / (area(best) - line)


def slow_qini(outcome, score, treated):
    perfect = [y if w else -y for y, w in zip(outcome, treated, strict=True)]
    return slow_coefficient(outcome, score, treated, perfect, of_qini)


def slow_auuc(outcome, score, treated):
    control_yes = sum(1 for y, w in zip(outcome, treated, strict=True) if y == 1 and not w)
    treated_no = sum(1 for y, w in zip(outcome, treated, strict=True) if y == 0 and w)
    perfect = [2 * (y == w) + (y if control_yes > treated_no else w) for y, w in zip(outcome, treated, strict=True)]
    return slow_coefficient(outcome, score, treated, perfect, of_uplift)


people = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.integers(-5, 5).map(float), st.booleans()), min_size=8, max_size=60
)


@given(people)
def test_qini_and_auuc_equal_the_obvious_count(rows):
    outcome, score, treated = (list(column) for column in zip(*rows, strict=True))
    cells = {(y, w) for y, _, w in rows}
    if len(cells) < 4:
        return
    y, s, w = np.array(outcome), np.array(score), np.array(treated)
    assert qini(y, s, w) == pytest.approx(slow_qini(outcome, score, treated))
    assert auuc(y, s, w) == pytest.approx(slow_auuc(outcome, score, treated))
    for curve, value in ((qini_curve(y, s, w), of_qini), (uplift_curve(y, s, w), of_uplift)):
        assert np.column_stack([curve.people, curve.value]) == pytest.approx(
            np.array(points(outcome, score, treated, value))
        )


def made(n=20_000, seed=3):
    rng = np.random.default_rng(seed)
    effect = rng.uniform(-0.2, 0.4, n)
    treated = rng.random(n) < 0.5
    outcome = (rng.random(n) < 0.4 + effect * treated).astype(float)
    return outcome, effect, treated, rng


def test_the_perfect_ranking_has_one_and_the_worst_is_far_below_zero():
    outcome, _, treated, _ = made()
    assert qini(outcome, np.where(treated, outcome, -outcome), treated) == pytest.approx(1)
    assert qini(outcome, np.where(treated, -outcome, outcome), treated) < -0.3


def test_a_ranking_by_lot_is_near_zero_and_the_true_effect_above():
    outcome, effect, treated, rng = made()
    assert abs(qini(outcome, rng.random(outcome.size), treated)) < 0.02
    assert qini(outcome, effect, treated) > 0.08
    assert gain_per_person(outcome, effect, treated) > 0.02


def test_uplift_at_a_share_is_the_difference_of_means_there():
    outcome, effect, treated, _ = made()
    first = np.argsort(-effect)[: outcome.size // 10]
    expected = outcome[first][treated[first]].mean() - outcome[first][~treated[first]].mean()
    assert uplift_at(outcome, effect, treated, 0.1) == pytest.approx(expected)
    assert uplift_at(outcome, np.where(treated, 1.0, 0.0), treated, 0.1) is None


def test_a_number_as_outcome_has_no_perfect_ranking():
    outcome, effect, treated, _ = made()
    assert qini(outcome * 3, effect, treated) is None
    assert auuc(outcome * 3, effect, treated) is None
    assert gain_per_person(outcome * 3, effect, treated) == pytest.approx(3 * gain_per_person(outcome, effect, treated))


def test_an_order_of_equal_scores_changes_nothing():
    outcome, effect, treated, rng = made(2000)
    coarse = np.round(effect, 1)
    mixed = rng.permutation(2000)
    assert qini(outcome[mixed], coarse[mixed], treated[mixed]) == pytest.approx(qini(outcome, coarse, treated))
