import numpy as np
import pytest

from liuke.errors import YourMistake
from liuke.insight.churn.learning.crossval import cross_validate
from liuke.stats.ranking import auc
from tests.insight.churn.learning.made import QUICK, examples

FAST = QUICK.but(members=1, max_rounds=30, inner_folds=2)


def test_every_example_is_judged_once_a_repeat_and_baselines_on_the_same_folds():
    data = examples(900)
    seen = []
    found = cross_validate(
        data, folds=3, repeats=2, seed=1, settings=FAST, tick=lambda done, total: seen.append((done, total))
    )
    assert found.scores.shape == (2, 900)
    assert not np.isnan(found.scores).any()
    assert (found.scores[0] != found.scores[1]).any()
    assert len(found.model.auc) == 6
    assert {b.name for b in found.baselines} == {"logistic regression", "best single feature: a"}
    assert all(len(b.auc) == 6 for b in found.baselines)
    assert sorted(seen) == [(k, 6) for k in range(1, 7)]
    assert np.mean(found.model.auc) == pytest.approx(np.mean([auc(data.label, s) for s in found.scores]), abs=0.03)


def test_cross_validation_gives_the_same_again():
    one, two = (cross_validate(examples(600), folds=2, repeats=1, seed=1, settings=FAST) for _ in range(2))
    assert (one.scores == two.scores).all()


def test_labels_shuffled_leave_nothing_to_find():
    data = examples(1500)
    np.random.default_rng(3).shuffle(data.label)
    found = cross_validate(data, folds=3, repeats=1, seed=1, settings=FAST.but(augment=True))
    assert 0.44 < found.model.mean < 0.56


def test_with_snapshots_only_later_ones_are_judged():
    data = examples(1800, days=6)
    found = cross_validate(data, folds=3, repeats=3, seed=1, settings=FAST.but(purge_days=30))
    judged = ~np.isnan(found.scores[0])
    assert found.time_ordered
    assert found.scores.shape[0] == 1
    assert set(data.group[judged]) == set(np.unique(data.group)[-3:])


def test_a_single_snapshot_cannot_be_ordered_by_time():
    with pytest.raises(YourMistake, match="nothing to learn from"):
        cross_validate(examples(600, days=1), folds=3, repeats=1, seed=1, settings=FAST)
