"""Values of quarantined rows: shown where they can hardly be a person's, hidden everywhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.govern.masking import mask_rejected
from liuke.tables import CONTRACTS

SHOWN = [
    ("customer", "gender", "femal"),
    ("transaction", "direction", "debit"),
    ("transaction", "amount", "-12,3.40"),
    ("balance_daily", "balance_date", "2026-02-30"),
    ("balance_daily", "balance_date", "20260230"),
    ("transaction", "amount", "1e5"),
]
HIDDEN = [
    ("customer", "gender", "张三"),
    ("customer", "gender", "13800005678"),
    ("customer", "gender", "female, born 1990"),
    ("transaction", "amount", "13800005678"),
    ("transaction", "amount", "138000056"),
    ("transaction", "amount", "Li Si"),
    ("transaction", "amount", "..."),
    ("customer", "name", "Li"),
    ("customer", "phone", "138"),
    ("customer", "occupation", "cook"),
    ("branch", "city", "NJ"),
    ("customer", "no_such_column", "1"),
    ("no_such_table", "gender", "1"),
    ("customer", None, "1"),
]


@pytest.mark.parametrize(("table", "column", "value"), SHOWN)
def test_a_code_or_a_number_of_the_wrong_form_is_shown(table: str, column: str, value: str) -> None:
    assert mask_rejected(value, CONTRACTS.get(table), column) == value


@pytest.mark.parametrize(("table", "column", "value"), HIDDEN)
def test_whatever_may_be_a_persons_is_hidden_whole(table: str, column: str | None, value: str) -> None:
    assert mask_rejected(value, CONTRACTS.get(table), column) == "***"


def test_a_date_of_birth_shows_its_year_and_nothing_stays_nothing() -> None:
    assert mask_rejected("1987-13-40", CONTRACTS["customer"], "birth_date") == "1987"
    assert mask_rejected(None, CONTRACTS["customer"], "name") is None


@given(st.text(min_size=1), st.sampled_from([(t, c.name) for t in CONTRACTS.values() for c in t.columns]))
def test_nothing_long_or_chinese_ever_leaves(value: str, place: tuple[object, str]) -> None:
    shown = mask_rejected(value, place[0], place[1])  # type: ignore[arg-type]
    assert shown == "***" or (shown is not None and len(shown) <= 12 and shown.isascii())
