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


def words(numbers: int) -> range:
    """The words that so many numbers need."""
    return range((numbers - 1) // WORD + 1)


def bits_of(number: ir.IntegerColumn, meant: ir.BooleanValue, word: int) -> ir.IntegerValue:
    """Aggregate: those numbers of the word that a row has for which `meant` holds."""
    low = word * WORD
    mine = meant & (number >= low) & (number < low + WORD)
    # The top bit moved down: engines agree on that, and literal ones would be numbers of 32 bits.
    return (TOP >> (WORD + low - number).cast("int32")).bit_or(where=mine).fill_null(0).cast("int64")


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
