"""Codes counted over many people: an open hash table in flat arrays, grown as it fills."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from liuke.engine.compiled import alone, kernel

CODE: Final = 0
PEOPLE: Final = 1
TIMES: Final = 2
_EMPTY: Final = -1


@alone
def new_tally(places: int) -> Any:
    """A table with so many places, a power of two: code (not negative), people, times."""
    made = np.zeros((places, 3), np.int64)
    made[:, CODE] = _EMPTY
    return made


@kernel
def place_of(table: Any, code: int) -> int:
    """Where the code is or would be. A multiplicative hash (Knuth, TAOCP 3, 6.4)."""
    mask = len(table) - 1
    at = ((code * 0x1E3779B97F4A7C15) >> 20) & mask
    while table[at, CODE] != _EMPTY and table[at, CODE] != code:
        at = (at + 1) & mask
    return int(at)


@alone
def tallied(table: Any, used: int, codes: Any) -> tuple[Any, int]:
    """One person's sorted codes added: the table, perhaps a larger one, and how many codes it holds."""
    at = -1
    for i in range(len(codes)):
        if i > 0 and codes[i] == codes[i - 1]:
            table[at, TIMES] += 1
            continue
        if 2 * used >= len(table):
            table = _grown(table)
        at = place_of(table, codes[i])
        if table[at, CODE] == _EMPTY:
            table[at, CODE] = codes[i]
            used += 1
        table[at, PEOPLE] += 1
        table[at, TIMES] += 1
    return table, used


@alone
def _grown(table: Any) -> Any:
    larger = new_tally(4 * len(table))
    for i in range(len(table)):
        if table[i, CODE] != _EMPTY:
            larger[place_of(larger, table[i, CODE])] = table[i]
    return larger
