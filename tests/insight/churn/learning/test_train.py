import numpy as np
import pytest

from liuke.insight.churn.learning.checks import Finding
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import CANDIDATES
from liuke.insight.churn.learning.train import Trained, train
from liuke.stats.calibration import calibration_line
from liuke.stats.drift import psi, shares_in
from liuke.stats.ranking import auc
from tests.insight.churn.learning.made import QUICK, chance, examples


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(examples(), examples(seed=9), seed=3, settings=QUICK)


def test_the_same_examples_and_seed_give_the_same_model_text(trained):
    again = train(examples(), None, seed=3, settings=QUICK)
    assert again.model.members == trained.model.members
    assert again.model.calibration == trained.model.calibration


def test_another_seed_gives_another_model(trained):
    assert train(examples(), None, seed=4, settings=QUICK).model.members != trained.model.members


def test_the_number_of_threads_does_not_change_the_trees():
    few = QUICK.but(max_rounds=10, members=1)
    one, two = (train(examples(300), None, seed=3, settings=few.but(threads=t)).model for t in (1, 2))
    assert two.members == one.members


def test_the_model_finds_most_of_what_can_be_known(trained):
    valid = examples(seed=9)
    reached = auc(valid.label, trained.valid_score)
    possible = auc(valid.label, chance(valid.features))
    assert reached - 0.5 > 0.9 * (possible - 0.5)


def test_nothing_is_fitted_on_the_validation_examples(trained):
    valid = examples(seed=9)
    turned = Examples(valid.features, valid.names, (1 - valid.label).astype(np.int8))
    other = train(examples(), turned, seed=3, settings=QUICK)
    assert (other.valid_score == trained.valid_score).all()


def test_contributions_add_up_to_the_log_odds_of_every_example(trained):
    features = examples(seed=9).features
    found = trained.model.contributions(features)
    assert found.shape == (len(features), 5)
    assert found.sum(axis=1) == pytest.approx(trained.model.raw(features), abs=1e-9)


def test_without_derived_columns_contributions_are_the_shapley_values_themselves(trained):
    features = examples(seed=9).features[:50]
    assert (trained.model.contributions(features) == trained.model.column_contributions(features)).all()


def test_contributions_of_derived_columns_fall_to_the_features_they_are_made_of():
    rng = np.random.default_rng(0)
    features = rng.lognormal(8, 1, size=(1200, 3)).round(2)
    label = (rng.random(1200) < 1 / (1 + np.exp(2 * np.log(features[:, 0] / features[:, 1])))).astype(np.int8)
    data = Examples(features, ("now", "before", "other"), label)
    model = train(data, None, seed=1, settings=QUICK.but(augment=True)).model
    assert len(model.columns) > 3
    found = model.contributions(features[:100])
    assert found.shape == (100, 4)
    assert found.sum(axis=1) == pytest.approx(model.raw(features[:100]), abs=1e-9)
    assert np.abs(found[:, :2]).mean() > 3 * np.abs(found[:, 2]).mean()


def test_rare_churners_are_not_weighted_up_so_probabilities_stay_true():
    rng = np.random.default_rng(5)
    features = rng.normal(size=(6000, 2))
    truth = 1 / (1 + np.exp(3.6 - features[:, 0]))
    label = (rng.random(6000) < truth).astype(np.int8)
    data = Examples(features, ("a", "b"), label)
    found = train(data.take(np.arange(4000)), data.take(np.arange(4000, 6000)), seed=1, settings=QUICK)
    assert found.valid_score.mean() == pytest.approx(truth[4000:].mean(), abs=0.012)
    line = calibration_line(label[4000:], found.valid_score)
    assert line is not None
    assert line[0].low < 0 < line[0].high


def test_weights_stand_for_people_left_out_of_the_sample():
    full = examples(6000, seed=2)
    rows = np.flatnonzero((full.label == 1) | (np.random.default_rng(1).random(6000) < 0.3))
    drawn = full.take(rows)
    weight = np.where(drawn.label == 1, 1.0, 1 / 0.3)
    sampled = Examples(drawn.features, drawn.names, drawn.label, None, weight)
    found = train(sampled, examples(3000, seed=3), seed=1, settings=QUICK)
    assert found.valid_score.mean() == pytest.approx(full.base_rate, abs=0.03)


def test_time_ordered_inner_scores_exist_only_for_later_snapshots():
    data = examples(2000, days=6)
    found = train(data, None, seed=1, settings=QUICK.but(purge_days=30))
    days = np.unique(data.group)
    scored = ~np.isnan(found.inner_score)
    assert set(data.group[scored]) == set(days[-3:])


def test_float32_features_are_taken_as_they_are(trained):
    small = examples()
    found = train(Examples(small.features.astype(np.float32), small.names, small.label), None, seed=3, settings=QUICK)
    assert found.model.predict(small.features[:20].astype(np.float32)).dtype == np.float64


def test_reference_distributions_are_those_of_the_training_examples(trained):
    data = examples()
    for position, name in enumerate(data.names):
        of = trained.model.references[name]
        assert psi(of, shares_in(of, data.features[:, position])) == 0
    assert trained.model.score_reference.people == len(data)


def test_constant_and_empty_columns_are_left_out_and_listed():
    data = examples()
    wide = np.column_stack([data.features, np.ones(len(data)), np.full(len(data), np.nan)])
    found = train(Examples(wide, (*data.names, "same", "none"), data.label), None, seed=3, settings=QUICK)
    assert found.findings == (Finding("constant", "same", ""), Finding("all_null", "none", ""))
    assert found.model.columns == data.names
    assert (found.model.contributions(wide[:10])[:, 4:6] == 0).all()


def test_the_search_names_what_was_tried_and_takes_the_least_loss():
    several = QUICK.but(candidates=CANDIDATES[:2], inner_folds=2)
    found = train(examples(600), None, seed=1, settings=several)
    assert [c.chosen for c in found.search].count(True) == 1
    assert min(c.log_loss for c in found.search) == next(c.log_loss for c in found.search if c.chosen)


def test_a_large_table_is_searched_on_a_sample_and_learned_in_whole():
    found = train(examples(1200), None, seed=1, settings=QUICK.but(search_rows=500))
    assert (~np.isnan(found.inner_score)).sum() == 500
    assert found.model.references["a"].people == 1200
