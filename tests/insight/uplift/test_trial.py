from dataclasses import replace

import numpy as np
import pytest

from liuke.errors import YourMistake
from liuke.insight.uplift.splits import fold_of
from liuke.insight.uplift.trial import check_trial
from tests.insight.uplift.made import trial


def test_a_trial_with_both_arms_and_both_outcomes_passes():
    check_trial(trial()[0])


def test_one_arm_alone_is_refused_with_the_counts():
    alone = trial()[0]
    with pytest.raises(YourMistake, match="control arm has nobody") as refused:
        check_trial(alone.take(alone.treated))
    assert "0 control" in refused.value.render()


def test_a_small_arm_is_refused():
    made = trial(300)[0]
    with pytest.raises(YourMistake, match="only"):
        check_trial(made)


def test_an_outcome_that_never_differs_is_refused():
    made = trial()[0]
    with pytest.raises(YourMistake, match="outcome is 1 for everybody"):
        check_trial(replace(made, outcome=np.ones(len(made))))


def test_too_few_successes_in_one_arm_are_refused():
    made = trial()[0]
    rare = made.outcome * (made.treated | (np.cumsum(made.outcome) < 5))
    with pytest.raises(YourMistake, match="too few control people with outcome 1"):
        check_trial(replace(made, outcome=rare))


def test_chances_of_zero_or_one_are_refused():
    made = trial()[0]
    with pytest.raises(YourMistake, match="for certain"):
        check_trial(replace(made, chance=np.where(made.treated, 1.0, 0.5)))


def test_every_fold_has_the_same_share_of_every_cell():
    made = trial(1003)[0]
    fold = fold_of(made.cells, 5, 1)
    for cell in range(4):
        sizes = np.bincount(fold[made.cells == cell], minlength=5)
        assert sizes.max() - sizes.min() <= 1
    assert np.bincount(fold).max() - np.bincount(fold).min() <= 1
    assert (fold_of(made.cells, 5, 1) == fold).all()
    assert (fold_of(made.cells, 5, 2) != fold).any()
