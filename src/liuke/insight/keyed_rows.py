"""Rows kept in memory in the order of a key, found by binary search: one customer's rows in microseconds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import pyarrow as pa


class KeyedRows:
    """The rows of a table that is sorted by its text column `key`, without nulls in it.

    Nothing is copied and no index is built: the memory is that of the columns. Several threads may read.
    """

    def __init__(self, rows: pa.Table, key: str) -> None:
        self._rows = rows.combine_chunks()
        chunks = self._rows[key].chunks
        self._keys = _Texts(chunks[0] if chunks else pa.array([], pa.string()))

    def of(self, key: str) -> list[dict[str, Any]]:
        """The rows with this key, in the table's order; none when there are none."""
        first = bisect_left(self._keys, key)
        if first == len(self._keys) or self._keys[first] != key:
            return []
        found: list[dict[str, Any]] = self._rows.slice(first, bisect_right(self._keys, key, first) - first).to_pylist()
        return found

    def __len__(self) -> int:
        return int(self._rows.num_rows)

    @property
    def nbytes(self) -> int:
        """Memory of the columns, bytes."""
        return int(self._rows.nbytes)


class _Texts(Sequence[str]):
    """An Arrow array of texts as bisect wants it."""

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, place: Any) -> Any:
        return self._array[place].as_py()
