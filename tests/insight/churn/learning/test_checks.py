import numpy as np
import pytest

from liuke.errors import OurBug, YourMistake
from liuke.insight.churn.learning.checks import check_examples
from liuke.insight.churn.learning.data import Examples
from tests.insight.churn.learning.made import QUICK, examples


def with_column(values: np.ndarray, name: str = "extra") -> Examples:
    data = examples()
    return Examples(np.column_stack([data.features, values]), (*data.names, name), data.label)


def with_label(label: np.ndarray) -> Examples:
    data = examples()
    return Examples(data.features, data.names, label.astype(np.int8))


def test_no_positives_is_said_plainly():
    with pytest.raises(YourMistake, match="no positive examples"):
        check_examples(with_label(np.zeros(1500)), QUICK)


def test_one_class_only_is_said_plainly():
    with pytest.raises(YourMistake, match="no negative examples"):
        check_examples(with_label(np.ones(1500)), QUICK)


def test_too_few_positives_say_how_many_are_needed():
    with pytest.raises(YourMistake, match="too few positive examples: 5 of 1500") as error:
        check_examples(with_label(np.arange(1500) < 5), QUICK)
    assert "at least 20" in error.value.render()


def test_too_few_rows_are_refused():
    with pytest.raises(YourMistake, match="too few examples to learn from: 150"):
        check_examples(examples(150), QUICK)


def test_a_label_of_three_values_is_not_binary():
    with pytest.raises(YourMistake, match="not binary"):
        check_examples(with_label(np.arange(1500) % 3), QUICK)


def test_a_feature_that_is_nearly_the_label_is_refused_and_named():
    label = examples().label
    leak = with_column(label + np.random.default_rng(0).normal(scale=0.1, size=label.size), "closed_on")
    with pytest.raises(YourMistake, match="leaks into 1 feature") as error:
        check_examples(leak, QUICK)
    assert "--exclude closed_on" in error.value.render()


def test_a_leak_that_hides_in_nulls_is_found():
    label = examples().label
    with pytest.raises(YourMistake, match="closing_fee"):
        check_examples(with_column(np.where(label == 1, 5.0 + np.arange(1500) % 7, np.nan), "closing_fee"), QUICK)


def test_a_leak_in_the_other_direction_is_found():
    with pytest.raises(YourMistake, match="still_here"):
        check_examples(with_column(1.0 - examples().label, "still_here"), QUICK)


def test_a_leak_may_be_allowed_and_stays_listed():
    kept, findings = check_examples(with_column(examples().label.astype(float), "told"), QUICK.but(allow_leak=True))
    assert 4 in kept
    assert [(f.kind, f.column, f.used) for f in findings] == [("leak", "told", True)]


def test_infinite_values_are_refused():
    values = np.arange(1500.0)
    values[3] = np.inf
    with pytest.raises(YourMistake, match="infinite"):
        check_examples(with_column(values), QUICK)


def test_a_column_of_one_value_and_nulls_is_kept_because_the_nulls_may_say_something():
    kept, findings = check_examples(with_column(np.where(np.arange(1500) % 2, 1.0, np.nan)), QUICK)
    assert 4 in kept
    assert not findings


def test_without_any_usable_feature_there_is_nothing_to_learn_from():
    data = Examples(np.ones((1500, 1)), ("same",), examples().label)
    with pytest.raises(YourMistake, match="no feature is left"):
        check_examples(data, QUICK)


def test_an_unknown_feature_name_is_answered_with_the_nearest():
    with pytest.raises(YourMistake, match="there is no feature 'noize'") as error:
        examples().column("noize")
    assert "did you mean 'noise'?" in error.value.render()


def test_features_are_selected_by_name_in_the_order_asked():
    chosen = examples().select(("noise", "a"))
    assert chosen.names == ("noise", "a")
    assert (chosen.features[:, 1] == examples().features[:, 0]).all()


def test_examples_that_do_not_fit_together_are_our_bug():
    with pytest.raises(OurBug):
        Examples(np.ones((3, 2)), ("a",), np.zeros(3, dtype=np.int8))
