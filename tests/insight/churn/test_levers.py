"""What would change the score: only what can be influenced, in the right direction, with the customer's own numbers."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.insight.churn.influence import BY_CODE, CODES, INFLUENCES
from liuke.insight.churn.levers import (
    ASKED,
    CHUNK,
    LEAST_FALL,
    LEAST_MOVE,
    LEAST_SHARE,
    lever_text,
    levers,
    stored_levers,
)
from liuke.insight.features.registry import FEATURES

NAMES = ("complaints_open", "own_count_30", "own_count_180", "days_since_active", "aum", "aum_mean_90", "tenure_days")
TYPICAL = {"complaints_open": 0.0, "own_count_30": 6.0, "days_since_active": 4.0, "aum": 9_000.0}


def logistic(weights, base=0.0):
    """A model whose log-odds are a weighted sum; missing values count nothing."""

    def predict(rows):
        return 1 / (1 + np.exp(-(base + np.nan_to_num(rows) @ np.asarray(weights))))

    return predict


def ask(predict, rows, names=NAMES, typical=None, points=None):
    """Everything speaks for leaving alike, unless `points` says otherwise."""
    loud = np.ones_like(rows) if points is None else np.asarray(points, dtype=np.float64)
    return levers(predict, rows, loud, names, TYPICAL if typical is None else typical)


def said(found, row=0):
    return [
        (CODES[c], v, t) for c, v, t in zip(found.code[row], found.value[row], found.target[row], strict=True) if c >= 0
    ]


def test_the_largest_fall_comes_first_with_the_number_now_and_then():
    predict = logistic([1.5, -0.05, 0, 0, 0, 0, 0])
    row = np.array([[1.0, 2.0, 60.0, np.nan, 0.0, 0.0, 400.0]])
    found = ask(predict, row)
    assert said(found) == [("settle_complaint", 1.0, 0.0), ("transact", 2.0, 10.0)]
    settled = row.copy()
    settled[0, 0] = 0.0
    assert found.probability[0, 0] == pytest.approx(predict(settled)[0])


def test_a_customer_returns_to_the_own_earlier_level_or_the_usual_one_whichever_is_more():
    predict = logistic([0, -0.2, 0, 0, 0, 0, 0], base=1.0)
    rows = np.array([[0, 1.0, own, 1, 0, 0, 400.0] for own in (120.0, 12.0)])
    found = ask(predict, rows)
    assert [said(found, n) for n in (0, 1)] == [[("transact", 1.0, 20.0)], [("transact", 1.0, 6.0)]]


def test_nothing_is_moved_the_wrong_way():
    """More than usual is not brought down to the usual, were it ever so good for the score."""
    rich = np.array([[0, 30.0, 100.0, 1, 900_000.0, 800_000.0, 400.0]])
    assert said(ask(logistic([0, 0.3, 0, 0, 1e-6, 0, 0]), rich)) == []


def test_what_nobody_can_influence_is_never_named():
    rows = np.array([[0, 30.0, 100.0, 1, 900_000.0, 800_000.0, 4.0]])
    assert said(ask(logistic([0, 0, 0, 0, 0, 0, -1.0], base=6), rows)) == []
    declared = [FEATURES[aim.feature] for influence in INFLUENCES for aim in influence.aims]
    assert {f.family for f in declared} & {"person", "merchant", "rhythm"} <= {"rhythm"}
    assert all(f.sensitivity != "protected" and f.purpose != "marketing" for f in declared)
    assert not {f.name for f in declared} & {"tenure_days", "age", "is_female", "risk_appetite_level"}


def test_somebody_not_seen_for_very_long_can_come_back():
    predict = logistic([0, 0, 0, 0, 0, 0, 0])

    def asks_for_days(rows):
        return np.where(np.isnan(rows[:, 3]), 0.9, predict(rows))

    row = np.array([[0, 0.0, 0.0, np.nan, 0.0, 0.0, 400.0]])
    assert said(ask(asks_for_days, row)) == [("transact", 0.0, 6.0)]


def test_falls_too_small_for_a_word_are_not_told():
    row = np.array([[1.0, 6.0, 36.0, 1, 0, 0, 400.0]])
    assert said(ask(logistic([0.02, 0, 0, 0, 0, 0, 0], base=-1), row)) == []
    assert said(ask(logistic([0.2, 0, 0, 0, 0, 0, 0], base=-1), row)) != []


def test_a_model_without_the_quoted_feature_says_nothing_of_it():
    predict = logistic([1.0])
    assert said(ask(predict, np.array([[90.0]]), ("complaint_open_days",), {})) == []
    assert ask(predict, np.empty((0, 1)), ("complaints_open",), {}).code.shape == (0, 3)


NUMBERS = st.one_of(st.just(float("nan")), st.sampled_from([0.0, 1.0, 2.0, 5.0, 30.0, 200.0]))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(*[NUMBERS] * len(NAMES)), min_size=1, max_size=6),
    weights=st.tuples(*[st.sampled_from([-0.5, -0.01, 0.0, 0.01, 0.5])] * len(NAMES)),
    points=st.tuples(*[st.sampled_from([-1.0, 0.25, 0.5, 2.0])] * len(NAMES)),
)
def test_levers_equal_a_slow_reading_of_the_declarations(rows, weights, points):
    predict, matrix = logistic(weights), np.array(rows)
    found = ask(predict, matrix, points=[points] * len(rows))
    loud = dict(zip(NAMES, points, strict=True))
    for line, row in enumerate(rows):
        numbers = dict(zip(NAMES, row, strict=True))
        told = []
        for influence in INFLUENCES:
            lead = influence.aims[0].feature
            if lead not in numbers or sum(loud.get(a.feature, 0.0) for a in influence.aims) <= 0:
                continue
            then = {**numbers, **{a.feature: slow(a, numbers) for a in influence.aims if a.feature in numbers}}
            if not moves(numbers[lead], then[lead]):
                continue
            before = predict(np.array([row]))[0]
            after = predict(np.array([[then[n] for n in NAMES]]))[0]
            if before - after >= max(LEAST_FALL, LEAST_SHARE * before):
                told.append((after, CODES.index(influence.code), then[lead]))
        told.sort(key=lambda t: t[:2])
        got = [
            (p, c, t)
            for p, c, t in zip(found.probability[line], found.code[line], found.target[line], strict=True)
            if c >= 0
        ]
        assert len(got) == min(3, len(told))
        assert [p for p, _, _ in got] == pytest.approx([p for p, _, _ in told[:3]])
        assert {c for _, c, _ in got} <= {c for _, c, _ in told}


def slow(aim, numbers):
    here = numbers[aim.feature]
    if aim.clears:
        return math.nan
    ends = [numbers[aim.own[0]] * aim.own[1]] if aim.own and aim.own[0] in numbers else []
    ends += [TYPICAL[aim.feature]] if aim.typical and TYPICAL.get(aim.feature) is not None else []
    ends += [aim.to] if aim.to is not None else []
    ends += [here + aim.add] if aim.add is not None else []
    ends = [e for e in ends if not math.isnan(e)]
    if not ends:
        return here
    there = max(ends) if aim.up else min(ends)
    if math.isnan(here):
        return there if aim.null_is_worst else here
    return max(here, there) if aim.up else min(here, there)


def moves(here, there):
    if math.isnan(here) or math.isnan(there):
        return math.isnan(here) != math.isnan(there)
    return abs(there - here) > LEAST_MOVE * max(abs(here), abs(there))


def test_only_what_speaks_loudest_for_leaving_is_asked_about():
    names = tuple(influence.aims[0].feature for influence in INFLUENCES)
    asked = []

    def predict(rows):
        asked.append(len(rows))
        return 1 / (1 + np.exp(-np.nan_to_num(rows) @ np.linspace(0.2, 0.1, len(names))))

    row = np.full((1, len(names)), 5.0)
    points = np.linspace(1.0, -1.0, len(names))[None, :]
    found = ask(predict, row, names, dict.fromkeys(names, 0.0), points)
    assert sum(asked) <= 1 + ASKED
    assert {CODES[c] for c in found.code[0] if c >= 0} <= set(CODES[:ASKED])
    assert said(ask(predict, row, names, dict.fromkeys(names, 0.0), -np.ones_like(row))) == []


def test_many_customers_are_asked_in_portions_with_the_same_answer():
    rng = np.random.default_rng(5)
    matrix = rng.choice([0.0, 1.0, 3.0, 40.0, np.nan], (CHUNK + 7, len(NAMES)))
    predict = logistic([0.8, -0.1, 0, 0.02, 0, 0, 0])
    whole, last = ask(predict, matrix), ask(predict, matrix[CHUNK:])
    for kind in ("code", "value", "target", "probability"):
        np.testing.assert_array_equal(getattr(whole, kind)[CHUNK:], getattr(last, kind))


def score(**levers_of_row):
    blank = {f"lever_{n}{tail}": None for n in (1, 2, 3) for tail in ("", "_value", "_target", "_probability")}
    return {"probability": 0.342} | blank | levers_of_row


def test_a_lever_is_one_sentence_with_both_numbers_and_both_probabilities():
    row = score(lever_1="transact", lever_1_value=2.0, lever_1_target=9.0, lever_1_probability=0.21)
    [found] = stored_levers(row)
    assert lever_text(found) == "若近30天主动交易笔数从 2 笔变为 9 笔，预计概率从 34% 降到 21%。"
    english = r"If “.+” went from 2 transactions to 9 transactions, the probability would fall from 34% to 21%\."
    assert re.fullmatch(english, lever_text(found, "en"))
    assert lever_text(found, say=lambda _v: "5万-20万").count("5万-20万") == 2
    assert (found.influence.zh, found.influence.title("en")) == ("恢复主动交易", "Own transactions again")


def test_an_influence_that_is_declared_no_more_is_not_told():
    assert stored_levers(score(lever_1="gone", lever_1_probability=0.1)) == ()
    assert stored_levers({"probability": 0.3}) == ()  # a row of an older release


def test_every_influence_is_declared_once_with_features_that_exist():
    assert len(BY_CODE) == len(INFLUENCES)
    for influence in INFLUENCES:
        names = [a.feature for a in influence.aims]
        assert set(names) <= set(FEATURES)
        assert len(set(names)) == len(names)
        assert all(a.own is None or a.own[0] in FEATURES for a in influence.aims)
