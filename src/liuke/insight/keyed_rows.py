"""Rows kept in memory in the order of a key, found by binary search: one customer's rows in microseconds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from liuke.errors import OurBug


class KeyedRows:
    """The rows of a table that is sorted by its text column `key`, without nulls in it.

    Nothing is copied and no index is built: the memory is that of the columns. Several threads may read.
    """

    def __init__(self, rows: pa.Table, key: str) -> None:
        self._rows = rows.combine_chunks()
        self._columns = {name: _whole(self._rows[name]) for name in rows.column_names}
        self._keys = _Texts(self._columns[key])

    def of(self, key: str) -> list[dict[str, Any]]:
        """The rows with this key, in the table's order; none when there are none."""
        first = bisect_left(self._keys, key)
        if first == len(self._keys) or self._keys[first] != key:
            return []
        many = bisect_right(self._keys, key, first) - first
        # By column: Arrow's own slice of a whole table takes twice as long for a few rows of many columns.
        columns = [column.slice(first, many).to_pylist() for column in self._columns.values()]
        return [dict(zip(self._columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def __len__(self) -> int:
        return int(self._rows.num_rows)

    @property
    def nbytes(self) -> int:
        """Memory of the columns, bytes."""
        return int(self._rows.nbytes)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks > 1:  # Arrow does not combine texts of more than 2 GB
        raise OurBug("a column is too long to be kept in one piece", then="report this")
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


class _Texts(Sequence[str]):
    """An Arrow array of texts as bisect wants it."""

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, place: Any) -> Any:
        return self._array[place].as_py()
