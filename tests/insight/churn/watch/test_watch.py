from datetime import date

import numpy as np
import pytest

from liuke.insight.churn.watch.contest import Contested, contest, contest_rows
from liuke.insight.churn.watch.histogram import Histogram
from liuke.insight.churn.watch.proposal import ground_text, proposal
from liuke.insight.churn.watch.readings import FEWEST_LOST, distribution_readings, drift_rows, matured_readings
from liuke.stats.drift import psi, reference, shares_in
from liuke.tables import DRIFT

DAY = date(2026, 6, 30)
RNG = np.random.default_rng(7)


def histogram(then, now, score_then, score_now):
    names = {f"f{i}": reference(then[:, i]) for i in range(then.shape[1])}
    made = Histogram(names, reference(score_then))
    for part, scores in zip(np.array_split(now, 3), np.array_split(score_now, 3), strict=True):
        made.add(part, scores)
    return made


def test_counting_batch_by_batch_equals_the_distribution_of_the_whole():
    then, now = RNG.normal(size=(900, 2)), RNG.normal(0.3, 1, size=(700, 2))
    now[::7, 0] = np.nan
    made = histogram(then, now, RNG.uniform(size=900), RNG.uniform(size=700))
    for i, (before, after) in enumerate(made.features().values()):
        whole = shares_in(before, now[:, i])
        assert after == whole
        assert psi(before, after) == pytest.approx(psi(before, whole))
    assert made.customers == 700


def test_a_shifted_feature_alerts_and_a_steady_one_does_not():
    then = RNG.normal(size=(4000, 2))
    now = np.column_stack([RNG.normal(size=4000), RNG.normal(1.5, 1, size=4000)])
    readings = {
        r.name: r for r in distribution_readings(histogram(then, now, RNG.uniform(size=4000), RNG.uniform(size=4000)))
    }
    assert readings["f0"].level == "ok"
    assert readings["f1"].level == "alert"
    assert readings["probability"].kind == "score"
    assert readings["probability"].level == "ok"


def test_only_those_drawn_count_for_features_and_all_for_the_score():
    now = RNG.normal(size=(90, 1))
    made = Histogram({"f": reference(np.linspace(-2, 2, 50))}, reference(np.linspace(0, 1, 11)))
    drawn = np.arange(90) % 3 == 0
    made.add(now, np.full(90, 0.5), drawn)
    [(then, counted)] = made.features().values()
    assert counted == shares_in(then, now[drawn])
    assert made.score()[1].people == made.customers == 90


def outcomes(n, rate, skill=2.0):
    p = 1 / (1 + np.exp(-(RNG.normal(size=n) * skill + np.log(rate / (1 - rate)))))
    return (RNG.uniform(size=n) < p).astype(np.int8), p


def test_matured_outcomes_that_came_as_predicted_read_ok():
    label, p = outcomes(20_000, 0.08)
    readings = {r.kind: r for r in matured_readings(DAY, label, p, float(p.mean()), 20_000, None)}
    assert {kind: r.level for kind, r in readings.items()} == {"label": "ok", "calibration": "ok", "ranking": "ok"}


def test_losses_that_doubled_alert_in_rate_and_calibration():
    label, p = outcomes(20_000, 0.08)
    readings = {r.kind: r for r in matured_readings(DAY, label, p / 2.2, float(p.mean()) / 2.2, 20_000, 0.7)}
    assert readings["label"].level == "alert"
    assert readings["calibration"].level == "alert"


def test_a_ranking_that_became_chance_alerts():
    label, p = outcomes(20_000, 0.1)
    readings = {r.kind: r for r in matured_readings(DAY, label, RNG.permutation(p), float(p.mean()), 20_000, 0.85)}
    assert readings["ranking"].level == "alert"
    assert readings["ranking"].reading == pytest.approx(0.5, abs=0.03)


def test_few_losses_tell_of_the_rate_only():
    label = np.zeros(500, np.int8)
    label[:5] = 1
    assert {r.kind for r in matured_readings(DAY, label, np.full(500, 0.01), 0.01, 500, 0.8)} == {"label"}


def test_rows_fit_the_table():
    label, p = outcomes(2_000, 0.1)
    rows = drift_rows(matured_readings(DAY, label, p, 0.1, 2_000, 0.8), DAY, "churn", "v1")
    assert rows.schema == DRIFT.arrow
    assert rows.num_rows == 3


def line(kind, name, level, reading=0.3):
    return {"kind": kind, "name": name, "level": level, "reading": reading}


def test_a_shift_in_what_the_model_leans_on_proposes_training():
    heavy = proposal([line("feature", "aum", "alert")], {"aum": 0.4})
    assert heavy.advice == "retrain"
    assert ground_text(heavy.grounds[0]) == "特征 aum 分布偏移 PSI 0.30"
    assert proposal([line("feature", "age", "alert")], {"aum": 0.4, "age": 0.05}).advice == "look"
    assert proposal([line("feature", "age", "alert")], {"aum": 0.4, "age": 0.001}).advice == "keep"


def test_a_broken_calibration_proposes_training_and_a_watched_one_a_look():
    assert proposal([line("calibration", "2026-03-31", "alert", 0.06)], {}).advice == "retrain"
    assert proposal([line("calibration", "2026-03-31", "watch", 0.03)], {}).advice == "look"
    assert proposal([line("score", "probability", "ok", 0.03)], {}).advice == "keep"


def test_the_challenger_takes_over_only_when_better_beyond_chance():
    label, p = outcomes(6_000, 0.15)
    noisy = p + RNG.normal(scale=0.3, size=len(p))
    assert contest(label, noisy, p).verdict == "challenger"
    assert contest(label, p, noisy).verdict == "champion"
    assert contest(label, p, p + RNG.normal(scale=1e-4, size=len(p))).verdict == "even"


def test_too_few_losses_settle_nothing():
    label, p = outcomes(6_000, 0.15)
    few = np.flatnonzero(label)[: FEWEST_LOST - 1]
    some = np.r_[few, np.flatnonzero(label == 0)]
    found = contest(label[some], RNG.uniform(size=len(some)), p[some])
    assert (found.difference.low > 0, found.verdict) == (True, "unclear")
    assert contest(np.zeros(50, np.int8), p[:50], p[:50]).difference is None
    small = RNG.permutation(len(p))[:300]
    noisy = p[small] + RNG.normal(scale=0.05, size=300)
    assert contest(label[small], p[small], noisy).verdict == "unclear"


def test_a_contest_becomes_a_row_with_its_interval():
    label, p = outcomes(2_000, 0.2)
    found = contest(label, RNG.uniform(size=2_000), p)
    [row] = contest_rows([Contested("attrition", "v1", "v2", DAY, found)], date(2026, 10, 1)).to_pylist()
    assert (row["customers"], row["lost"], row["verdict"]) == (2_000, int(label.sum()), "challenger")
    assert row["low"] < row["difference"] < row["high"]
    assert row["difference"] == pytest.approx(row["challenger_auc"] - row["auc"])
    assert contest_rows([], DAY).num_rows == 0
