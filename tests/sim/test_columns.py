from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.sim.columns import money, pick, table
from liuke.tables import BRANCH


@given(st.lists(st.integers(-(10**17), 10**17), max_size=20))
def test_money_is_exact_to_the_fen(fen):
    assert money(np.array(fen, np.int64)).to_pylist() == [Decimal(f) / 100 for f in fen]


def test_negative_rows_pick_null():
    import pyarrow as pa

    assert pick(pa.array(["a", "b"]), np.array([1, -1, 0])).to_pylist() == ["b", None, "a"]


def test_a_column_outside_the_contract_is_refused():
    with pytest.raises(KeyError, match="colour"):
        table(BRANCH, branch_id=["B1"], colour=["red"])
