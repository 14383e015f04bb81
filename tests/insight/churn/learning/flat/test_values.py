import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from liuke.insight.churn.learning.flat.values import code_numbers, days, numbers, texts

DAY = datetime.date(2026, 1, 31)


def column(*values, kind=None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(list(values), kind)])


def test_numbers_are_read_from_text_with_signs_exponents_and_thousands():
    found = numbers(column(" 1 ", "-2.5", "1,234,567.8", "3e2", ".5", "+7"))
    assert found.tolist() == [1, -2.5, 1234567.8, 300, 0.5, 7]


@pytest.mark.parametrize("word", ["", "NA", "null", "None", "-", "  ", "nan", "未知", "abc", "1,23", "inf"])
def test_what_is_no_number_is_null(word):
    assert np.isnan(numbers(column(word))).all()


def test_typed_columns_are_numbers_as_they_are():
    assert numbers(column(Decimal("1.25"), None)).tolist()[0] == 1.25
    assert numbers(column(True, False)).tolist() == [1, 0]
    assert np.isnan(numbers(column(float("inf"), None))).all()


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026/1/31", "20260131", "2026.01.31", "2026-01-31 23:59:59", "2026-01-31T00:00:00Z"]
)
def test_dates_are_read_in_the_usual_ways(text):
    assert days(column(text)).tolist() == [DAY.toordinal()]


def test_typed_dates_and_moments_are_their_day():
    moment = datetime.datetime(2026, 1, 31, 23, 30)  # noqa: DTZ001
    assert days(column(DAY)).tolist() == [DAY.toordinal()]
    assert days(column(moment, kind=pa.timestamp("us"))).tolist() == [DAY.toordinal()]
    assert days(column(20260131)).tolist() == [DAY.toordinal()]


@pytest.mark.parametrize("text", ["2026-02-30", "1234", "12.5", "", "99999999"])
def test_what_is_no_date_is_null(text):
    assert np.isnan(days(column(text))).all()


def test_texts_are_trimmed_and_null_words_are_null():
    assert texts(column(" a ", "NULL", "b")).to_pylist() == ["a", None, "b"]


def test_codes_have_the_same_number_everywhere_and_do_not_tell_their_text():
    one, two = code_numbers(column("南京分行", "苏州分行", None)), code_numbers(column("苏州分行", "南京分行"))
    assert (one[0], one[1]) == (two[1], two[0])
    assert one[0] != one[1]
    assert np.isnan(one[2])
    assert one[0] < 2**48
