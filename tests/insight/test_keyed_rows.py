from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from liuke.insight.keyed_rows import KeyedRows


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9))), st.text(max_size=3))
def test_the_rows_of_a_key_are_those_a_scan_finds(pairs, other):
    rows = [{"who": who, "n": n} for who, n in sorted(pairs, key=lambda pair: pair[0])]
    schema = pa.schema([("who", pa.string()), ("n", pa.int64())])
    kept = KeyedRows(pa.Table.from_pylist(rows, schema=schema), "who")
    assert len(kept) == len(rows)
    for key in {row["who"] for row in rows} | {other}:
        assert kept.of(key) == [row for row in rows if row["who"] == key]


def test_keys_in_the_engines_order_are_found(engine):
    names = ["9", "10", "张三", "a", "B", "é", "\U0001f600", "\ufffd", ""]
    rows = engine.from_arrow(pa.table({"who": names}))
    kept = KeyedRows(engine.arrow(rows.order_by("who")), "who")
    assert [kept.of(name) for name in names] == [[{"who": name}] for name in names]
