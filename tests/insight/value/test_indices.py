"""Indices are weighted means of known parts, as columns and by hand."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.insight.value.indices import (
    LOYALTY_PARTS,
    MAIN_ACCOUNT_PARTS,
    STICKINESS_PARTS,
    index_of,
    weighted,
    weights_of,
)
from liuke.insight.value.value_policy import LoyaltyRule, StickinessRule
from tests.night import times

PART = st.none() | st.floats(0, 100)


@settings(max_examples=times(4, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(PART, PART, PART, PART), min_size=5, max_size=20))
def test_columns_equal_the_index_of_one(engine, rows):
    weights = weights_of(LoyaltyRule())
    columns = [pa.array(column, pa.float64()) for column in zip(*rows, strict=True)]
    table = engine.from_arrow(pa.table(columns, list(LOYALTY_PARTS)))
    found = engine.arrow(table.mutate(index=weighted({n: table[n] for n in LOYALTY_PARTS}, weights))).to_pylist()
    for row in found:
        index = row.pop("index")
        assert index == (None if (expected := index_of(row, weights)) is None else pytest.approx(expected, abs=1e-9))


def test_an_unknown_part_neither_helps_nor_harms():
    weights = {"a": 0.5, "b": 0.5}
    assert index_of({"a": 80.0, "b": None}, weights) == 80
    assert index_of({"a": None, "b": None}, weights) is None


def test_stated_weights_add_up_to_one():
    for weights in (weights_of(StickinessRule()), weights_of(LoyaltyRule()), MAIN_ACCOUNT_PARTS):
        assert sum(weights.values()) == pytest.approx(1)
    assert set(weights_of(StickinessRule())) == set(STICKINESS_PARTS)
