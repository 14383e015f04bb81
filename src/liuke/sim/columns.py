"""From NumPy arrays to Arrow columns of a contract, without Python objects per row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from liuke.sim.draws import Bools, Ints
from liuke.tables import Table
from liuke.tables.schema import MONEY, TIMESTAMP

DAY_US = 86_400_000_000


def money(fen: Ints) -> pa.Array:
    """decimal(18,2) from signed fen, exactly."""
    words = np.empty((len(fen), 2), np.int64)
    words[:, 0], words[:, 1] = fen, fen >> 63
    return pa.Array.from_buffers(MONEY, len(fen), [None, pa.py_buffer(words)])


def moments(midnight_us: int | Ints, second: Ints, missing: Bools | None = None) -> pa.Array:
    """UTC timestamps from the local midnight (UTC microseconds) and the second of the day."""
    return pa.array(midnight_us + second * 1_000_000, mask=missing).cast(TIMESTAMP)


def dates(number: Ints, missing: Bools | None = None) -> pa.Array:
    """Dates from ordinal days."""
    return pa.array(number.astype(np.int32), mask=missing).cast(pa.date32())


def pick(values: pa.Array, rows: Ints) -> pa.Array:
    """values[rows], null where the row is negative."""
    missing = rows < 0
    return values.take(pa.array(rows, mask=missing) if missing.any() else pa.array(rows))


def digits(number: Ints, prefix: str = "", missing: Bools | None = None) -> pa.Array:
    """Numbers as text behind a prefix."""
    text = pa.array(number, mask=missing).cast(pa.string())
    return pc.binary_join_element_wise(prefix, text, "") if prefix else text


def same(value: str, n: int) -> pa.Array:
    """One text n times."""
    return pa.repeat(pa.scalar(value), n)


def table(contract: Table, **columns: Any) -> pa.Table:
    """A table of the contract's declared columns; columns not given are null, unknown ones are refused."""
    n = len(next(iter(columns.values())))
    declared = contract.columns
    unknown = set(columns) - {c.name for c in declared}
    if unknown:
        raise KeyError(f"{contract.name} has no columns {sorted(unknown)}")
    arrays = [columns[c.name] if c.name in columns else pa.nulls(n, c.arrow) for c in declared]
    schema = pa.schema([pa.field(c.name, c.arrow, c.nullable) for c in declared])
    return pa.Table.from_arrays(
        [pa.array(a, c.arrow) if isinstance(a, list) else a for a, c in zip(arrays, declared, strict=True)],
        schema=schema,
    )
