"""Codes counted over many people: an open hash table in one flat array, grown as it fills."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from liuke.engine.compiled import alone, kernel, wrapped_product

CODE: Final = 0
PEOPLE: Final = 1
TIMES: Final = 2
_LAST: Final = 3
_EMPTY: Final = -1


@alone
def new_tally(places: int) -> Any:
    """A table with so many places, a power of two: code (not negative), people, times, and who did it last."""
    made = np.zeros((places, 4), np.int64)
    made[:, CODE] = _EMPTY
    return made


@kernel
def tallied(table: Any, code: int, person: int) -> int:
    """Adds what a person did once; all that one person did comes together. How many codes are new, 0 or 1."""
    at = _place(table, code)
    is_new = table[at, CODE] == _EMPTY
    if is_new or table[at, _LAST] != person:
        table[at, CODE], table[at, _LAST] = code, person
        table[at, PEOPLE] += 1
    table[at, TIMES] += 1
    return int(is_new)


@alone
def roomy(table: Any, used: int, more: int) -> Any:
    """The table, or a larger one, in which `more` codes than the `used` ones leave half of all places free."""
    if 2 * (used + more) <= len(table):
        return table
    larger = new_tally(4 * len(table))
    for i in range(len(table)):
        if table[i, CODE] != _EMPTY:
            at = _place(larger, table[i, CODE])
            for column in range(table.shape[1]):  # a whole row at once takes seconds to compile
                larger[at, column] = table[i, column]
    return larger


@kernel
def _place(table: Any, code: int) -> int:
    """Where the code is or would be. A multiplicative hash (Knuth, TAOCP 3, 6.4)."""
    mask = len(table) - 1
    at = (wrapped_product(code, 0x1E3779B97F4A7C15) >> 20) & mask
    while table[at, CODE] != _EMPTY and table[at, CODE] != code:
        at = (at + 1) & mask
    return int(at)
