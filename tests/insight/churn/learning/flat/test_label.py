import pyarrow as pa
import pytest

from liuke.errors import YourMistake
from liuke.insight.churn.learning.flat.label import binary_label


def label(*values, positive=None):
    return binary_label("left", pa.chunked_array([pa.array(list(values))]), positive, "t.csv").tolist()


@pytest.mark.parametrize(
    "values",
    [
        ("1", "0"), (1, 0), (1.0, 0.0), (True, False), ("Yes", "No"), ("是", "否"), ("流失", "正常"),
        ("Attrited Customer", "Existing Customer"), ("Churned", "regular"), ("gone", "active"), ("1.0", "0"),
    ],
)  # fmt: skip
def test_the_value_that_means_left_is_understood(values):
    assert label(*values) == [1, 0]


def test_other_values_need_to_be_told():
    with pytest.raises(YourMistake, match="means that the customer left") as error:
        label("A", "B")
    assert "--positive B" in error.value.render()
    assert label("A", "B", positive="A") == [1, 0]


def test_a_positive_value_that_is_not_there_is_answered_with_the_nearest():
    with pytest.raises(YourMistake) as error:
        label("stay", "leave", positive="leaves")
    assert "did you mean 'leave'?" in error.value.render()


def test_rows_without_a_label_are_marked():
    assert label("1", "", "0", None) == [1, -1, 0, -1]


def test_a_label_of_many_values_is_refused_with_some_of_them():
    with pytest.raises(YourMistake, match="not binary") as error:
        label("1", "2", "3")
    assert "different values: 3 (1, 2, 3)" in error.value.render()


def test_a_label_of_one_value_is_refused():
    with pytest.raises(YourMistake, match="one value only"):
        label("1", "1")
