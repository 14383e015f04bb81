"""Small numbers per person as bits: the days on which, or hours at which, somebody did something.

Numbered from 0; number n is bit n % 62 of word n // 62, so that the sign stays unused and engines agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine

WORD: Final = 62
TOP: Final = ibis.literal(1 << WORD, "int64")


def bit_columns(
    name: str, number: ir.IntegerColumn, count: int, where: ir.BooleanValue | None = None
) -> dict[str, ir.IntegerValue]:  # fmt: skip
    """Aggregates `name`_0, `name`_1 …: which of the numbers 0 … count - 1 a person's rows have.

    number: within these wherever `where` holds, by default everywhere.
    """
    last = (count - 1) // WORD
    return {f"{name}_{word}": _bits(number, word, last, where) for word in range(last + 1)}


def _bits(number: ir.IntegerColumn, word: int, last: int, where: ir.BooleanValue | None) -> ir.IntegerValue:
    low = word * WORD
    tests = [where] if where is not None else []
    tests += [number >= low] if word > 0 else []
    tests += [number < low + WORD] if word < last else []
    # The top bit moved down: engines agree on that, and literal ones would be numbers of 32 bits.
    bits = (TOP >> (WORD + low - number).cast("int32")).bit_or(where=ibis.and_(*tests) if tests else None)
    return bits.fill_null(0).cast("int64")


def streamed(engine: Engine, persons: ir.Table, names: Sequence[str]) -> Iterator[np.ndarray]:
    """Those columns of bits, a batch of persons at a time: int64, one row per word, one column per person."""
    for batch in engine.batches(persons.select(*names)):
        yield np.stack([np.asarray(batch.column(name), dtype=np.int64) for name in names])


def has_any(bits: np.ndarray, first: int, last: int) -> np.ndarray:
    """Whether each person has one of the numbers from `first` to `last`. bits: as `streamed`."""
    found = np.zeros(bits.shape[1], np.bool_)
    for word in range(first // WORD, last // WORD + 1):
        low, high = max(first - word * WORD, 0), min(last - word * WORD, WORD - 1)
        found |= (bits[word] & np.int64((1 << (high + 1)) - (1 << low))) != 0
    return found
