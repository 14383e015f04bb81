import numpy as np
import pyarrow as pa
import pytest

from liuke.insight.churn.learning.flat.columns import Column, infer

N = 400


def column(values) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(list(values))])


KINDS = {
    "amounts": ("balance", [f"{k * 1.37:.2f}" for k in range(N)], "number"),
    "small counts": ("dependents", [str(k % 4) for k in range(N)], "number"),
    "dates": ("opened", [f"2026-01-{1 + k % 28:02d}" for k in range(N)], "date"),
    "solid dates": ("opened", [20260101 + k % 28 for k in range(N)], "date"),
    "few texts": ("occupation", [("salaried", "student", "retired")[k % 3] for k in range(N)], "category"),
    "many texts": ("branch", [f"branch {k % 40}" for k in range(N)], "code"),
    "names of people": ("name", [f"name {k}" for k in range(N)], "identifier"),
    "a key by name": ("customer_id", [10_000 + 7 * k for k in range(N)], "identifier"),
    "a key in Chinese": ("客户号", [f"6222{k * 13:09d}" for k in range(N)], "identifier"),
    "a key in camel case": ("CustomerId", [10_000 + (7 * k) % 9973 for k in range(N)], "identifier"),
    "a row number": ("rank", [str(k + 1) for k in range(N)], "identifier"),
    "nothing": ("notes", [""] * N, "empty"),
    "an amount that is all different": ("salary", [1000 + 7 * k for k in range(N)], "number"),
    "a word that ends like a key": ("paid", [str(k % 90) for k in range(N)], "number"),
}


@pytest.mark.parametrize("case", KINDS)
def test_a_column_is_told_by_its_values(case):
    name, values, kind = KINDS[case]
    assert infer(name, column(values)).kind == kind


def test_few_values_of_another_kind_are_null_and_counted():
    values = [str(k * 1.5) for k in range(N)]
    values[7] = "see file"
    found = infer("balance", column(values))
    assert (found.kind, found.unread) == ("number", 1)
    assert np.isnan(found.matrix(column(values))[7, 0])


def test_a_category_becomes_a_column_per_value_and_null_stays_null():
    values = ["a", "b", "c", None] * 50
    found = infer("kind", column(values))
    assert found.features == ("kind=a", "kind=b", "kind=c")
    assert found.matrix(column(values))[:4].tolist()[:3] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert np.isnan(found.matrix(column(values))[3]).all()


def test_of_two_values_one_column_says_all():
    assert infer("gender", column(["F", "M"] * 50)).features == ("gender=M",)


def test_a_value_never_seen_is_none_of_the_known_ones():
    found = infer("kind", column(["a", "b", "c"] * 50))
    assert found.matrix(column(["d"])).tolist() == [[0, 0, 0]]


def test_a_date_becomes_days_before_the_latest_one_known_when_it_was_read():
    found = infer("opened", column(["2026-01-01", "2026-01-31"] * 20))
    assert found.matrix(column(["2026-01-21", "2026-02-01", ""]))[:2, 0].tolist() == [10, -1]


def test_a_column_is_read_back_from_its_plain_values():
    found = infer("kind", column(["a", "b", "c"] * 50))
    assert Column.from_dict(found.as_dict()) == found
