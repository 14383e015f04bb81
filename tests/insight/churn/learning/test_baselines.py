import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from liuke.insight.churn.learning.baselines import against, best_single, logistic, score_baselines, single_score
from liuke.insight.churn.learning.data import Examples
from liuke.stats.ranking import auc
from tests.insight.churn.learning.made import examples


def test_logistic_is_sklearns_on_standardised_features_up_to_the_cut_tails():
    train, valid = examples(), examples(seed=9)
    scaler = StandardScaler().fit(train.features)
    oracle = LogisticRegression().fit(scaler.transform(train.features), train.label)
    expected = oracle.predict_proba(scaler.transform(valid.features))[:, 1]
    found = logistic(train, valid.features, seed=1)
    assert np.corrcoef(found, expected)[0, 1] > 0.99
    assert np.abs(found - expected).mean() < 0.02


def test_logistic_takes_nulls_and_lets_them_speak():
    train = examples()
    features = train.features.copy()
    features[train.label == 1, 3] = np.where(np.arange(train.positives) % 2, np.nan, 0.0)
    holed = Examples(features, train.names, train.label)
    assert auc(train.label, logistic(holed, features, seed=1)) > auc(
        train.label, logistic(train, train.features, seed=1)
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_the_best_single_feature_is_found_in_either_direction(sign):
    train = examples()
    turned = Examples(train.features * [sign, 1, 1, 1], train.names, train.label)
    single = best_single(turned)
    assert (single.name, single.sign) == ("a", sign)
    assert auc(train.label, single_score(single, turned)) == pytest.approx(single.auc)


def test_nulls_of_a_single_feature_go_to_the_end_where_they_rank_best():
    label = np.repeat([0, 1], 50).astype(np.int8)
    values = np.where(label == 1, np.nan, np.arange(100.0))
    data = Examples(values[:, None], ("x",), label)
    assert best_single(data).auc == 1
    assert auc(label, single_score(best_single(data), data)) == 1


def test_every_baseline_stands_beside_with_the_callers_one_liners():
    train, valid = examples(), examples(seed=9)
    signals = valid.features[:, 0].copy()
    signals[:5] = np.nan
    found = score_baselines(train, valid, {"signals": signals}, seed=1)
    assert [s.name for s in found] == ["logistic regression", "signals", "best single feature: a"]
    assert [s.probability for s in found] == [True, False, False]
    assert all(np.isfinite(s.score).all() for s in found)


def test_the_gap_to_a_baseline_is_the_difference_of_the_aucs():
    train, valid = examples(), examples(seed=9)
    model = valid.label + np.random.default_rng(0).normal(size=len(valid))
    [first, *_] = score_baselines(train, valid, None, seed=1)
    found = against(valid.label, model, first)
    assert found.gap.estimate == pytest.approx(auc(valid.label, model) - auc(valid.label, first.score))
