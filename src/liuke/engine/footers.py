"""Which columns Parquet files have: files written before a table gained a column lack it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq


def by_missing(files: Sequence[str], names: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    """The files grouped by which of `names` they lack, those that lack nothing under ().

    Reads a file's footer once in the life of the process: files of a lake never change. A footer that cannot be
    read counts as whole, so that the engine meets the damage and reports it.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        try:
            has = _columns(file)
        except (OSError, pa.ArrowException):
            has = frozenset(names)
        groups.setdefault(tuple(n for n in names if n not in has), []).append(file)
    return groups


@lru_cache(maxsize=65_536)
def _columns(file: str) -> frozenset[str]:
    return frozenset(pq.read_schema(file).names)
