"""What each did, in order: one list of numbers per person, which compiled loops read without an object per fact.

A number holds the moment and which of the things asked it is, so that sorting numbers sorts facts: by time, and at
the same time by the first thing they are (the first step comes first). A fact that is none of them comes last.

    moment (microseconds since the origin) · 2^14 | 2^14 - 1 - bits        bits: thing 0 is the highest of 14
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.occurrences import MOST

SHIFT: Final = MOST
"""Bits below the moment, which has 49: seventeen years, more than a period and a window may span."""


def sequences(engine: Engine, found: ir.Table, origin: datetime) -> Iterator[tuple[pa.Array, pa.Array]]:
    """Persons and their lists, batch by batch: (who, list of int64), unsorted within a list.

    found: `occurrences`, none before `origin`. At least one row per person.
    """
    yield from marked(engine, found.select("who", "at", low=(1 << SHIFT) - 1 - found.bits), origin)


def marked(engine: Engine, rows: ir.Table, origin: datetime) -> Iterator[tuple[pa.Array, pa.Array]]:
    """The same of rows that bear their low bits: who, at, low (int64, below 2 ** SHIFT)."""
    since = rows.at.delta(ibis.literal(origin), unit="microsecond")
    marks = since * (1 << SHIFT) + rows.low
    # There are no nulls to leave out. DuckDB is quicker when it need not look; Spark always does.
    lists = rows.group_by("who").aggregate(marks=marks.collect(include_null=engine.embedded))
    for batch in engine.batches(lists.select("who", "marks")):
        yield batch.column("who"), batch.column("marks")


def arrays(lists: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and a sortable copy of the numbers of a batch."""
    values = np.array(lists.flatten(), dtype=np.int64)
    offsets = np.asarray(lists.offsets, dtype=np.int64)
    return offsets - offsets[0], values
