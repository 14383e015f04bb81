"""Texts are told apart whatever they are, and come back as they were."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.insight.behaviour.numbering import Numbered, hashed, hashed_rows
from tests.night import times

TEXTS = st.text(max_size=3) | st.text(st.sampled_from("ab"), max_size=20) | st.just("界" * 40)


@settings(max_examples=times(15, 500))
@given(batches=st.lists(st.lists(TEXTS, max_size=20), max_size=4), shares=st.integers(1, 3))
def test_each_share_numbers_its_texts_in_the_order_in_which_they_first_come(batches, shares) -> None:
    parts = [Numbered() for _ in range(shares)]
    seen: list[str] = []
    for batch in batches:
        column = hashed(pa.array(batch, pa.string()))
        for share, part in enumerate(parts):
            places = column.of_share(share, shares)
            numbers = part.of(column, places)
            assert part.texts().take(pa.array(numbers)).to_pylist() == [batch[place] for place in places]
            seen += [batch[place] for place in places]
    held = [text for part in parts for text in part.texts().to_pylist()]
    assert sorted(seen) == sorted(text for batch in batches for text in batch)
    assert sorted(held) == sorted(set(seen))


def test_a_slice_of_a_column_is_numbered_as_itself() -> None:
    column = pa.array(["a", "b", "c", "b"]).slice(1)
    known = Numbered()
    assert known.of(hashed(column), np.arange(3, dtype=np.int32)).tolist() == [0, 1, 0]
    assert known.texts(1).to_pylist() == ["c"]


def test_many_texts_find_room() -> None:
    texts = [f"C{n:09}" for n in range(50_000)]
    known, column = Numbered(), hashed(pa.array(texts))
    every = np.arange(len(texts), dtype=np.int32)
    assert (known.of(column, every) == every).all()
    assert (known.of(column, every) == every).all()
    assert known.texts().to_pylist() == texts


def test_what_never_came_has_no_number() -> None:
    known, every = Numbered(), np.arange(3, dtype=np.int32)
    known.of(hashed(pa.array(["a", "b"])), every[:2])
    assert known.known(hashed(pa.array(["b", "c", "a"])), every).tolist() == [1, -1, 0]
    assert len(known) == 2


ROW = st.tuples(
    st.sampled_from([None, "", "a", "b"]), st.sampled_from([None, "", "a"]), st.sampled_from([None, 0, 1, 7])
)


@settings(max_examples=times(50, 500))
@given(rows=st.lists(ROW, max_size=40))
def test_rows_are_one_where_they_are_alike_in_all_columns(rows) -> None:
    columns = [
        pa.array([row[k] for row in rows], kind) for k, kind in enumerate((pa.string(), pa.string(), pa.int64()))
    ]
    numbers = Numbered().of(hashed_rows(columns), np.arange(len(rows), dtype=np.int32)).tolist()
    first = list(dict.fromkeys(rows))
    assert numbers == [first.index(row) for row in rows]
