"""What each did, in order: one list of numbers per person, which compiled loops read without an object per fact.

A number holds the moment and which of the things asked it is, so that sorting numbers sorts facts: by time, and at
the same time by the first thing they are (the first step comes first). A fact that is none of them comes last.

    moment (microseconds since the origin) · 2^14 | 2^14 - 1 - bits        bits: thing 0 is the highest of 14
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.occurrences import MOST
from liuke.insight.behaviour.population import beginning

SHIFT: Final = MOST
"""Bits below the moment, which has 49: seventeen years, more than a period and a window may span."""


Loop = Callable[[pa.Array, np.ndarray, np.ndarray], pa.RecordBatch]
"""From persons, the offsets of their lists and the numbers (its own to sort) to rows."""


@contextmanager
def in_lists(engine: Engine, rows: ir.Table, origin: datetime) -> Iterator[ir.Table]:
    """The list of each person, unsorted: who, marks.

    rows: who, at, low (int64, below 2 ** SHIFT), none before `origin`.

    Made once, for a block: a query that is read while another one runs has a single thread.
    """
    marks = rows.at.delta(ibis.literal(origin), unit="microsecond") * (1 << SHIFT) + rows.low
    # There are no nulls to leave out. DuckDB is quicker when it need not look; Spark always does.
    lists = engine.materialise(rows.group_by("who").aggregate(marks=marks.collect(include_null=engine.embedded)))
    try:
        yield lists
    finally:
        engine.release(lists)


def looped(engine: Engine, lists: ir.Table, loop: Loop, schema: pa.Schema) -> ir.Table:
    """What `loop` makes of every batch of persons, of `schema`; release it after use. lists: `in_lists`."""
    made = (loop(*each) for each in each_batch(engine, lists))
    return engine.from_arrow(pa.RecordBatchReader.from_batches(schema, made))


def each_batch(engine: Engine, lists: ir.Table) -> Iterator[tuple[pa.Array, np.ndarray, np.ndarray]]:
    """Persons, the offsets of their lists and the numbers, a copy to sort."""
    for batch in engine.batches(lists.select("who", "marks")):
        numbers = batch.column("marks")
        offsets = np.asarray(numbers.offsets, dtype=np.int64)
        yield batch.column("who"), offsets - offsets[0], np.array(numbers.flatten(), dtype=np.int64)


def ordered(found: ir.Table) -> ir.Table:
    """`occurrences` with the low bits of their numbers: who, at, low."""
    return found.select("who", "at", low=(1 << SHIFT) - 1 - found.bits)


def origin_of(first: date, zone: ZoneInfo) -> datetime:
    """Where moments are counted from: a day early, for a row whose business day is not quite that of its moment."""
    return beginning(first - timedelta(days=1), zone)
