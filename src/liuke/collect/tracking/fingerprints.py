"""Which message ids were seen: 64-bit fingerprints in open-addressed tables, one per day, dropped whole.

Sixteen to thirty-two bytes an id, where a set of texts takes over a hundred. Two different ids share a fingerprint
with a chance of one in 2^64 each: among 70 million remembered ids (ten million events a day for a week) one new event
in 260 billion would be taken for a repeat. An index in the log itself (LMDB, random keys) was measured first: every
insert touches another page, 36-49 µs an event on disk against under 1 µs here.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

Prints = npt.NDArray[np.uint64]
_SMALLEST: Final = 1 << 16


def fingerprints(ids: Iterable[str]) -> Prints:
    """The fingerprint of each id; never 0, which marks an empty place."""
    joined = b"".join([blake2b(i.encode("utf-8", "surrogatepass"), digest_size=8).digest() for i in ids])
    made = np.frombuffer(joined, np.uint64)
    return np.where(made == 0, np.uint64(1), made)


@numba.njit(cache=True, nogil=True)
def _absent(table: Any, keys: Any, fresh: Any) -> None:
    """Clears fresh[i] where the table has keys[i]."""
    mask = np.uint64(table.size - 1)
    for i in range(keys.size):
        place = keys[i] & mask
        while table[place] != 0:
            if table[place] == keys[i]:
                fresh[i] = False
                break
            place = (place + np.uint64(1)) & mask


@numba.njit(cache=True, nogil=True)
def _insert(table: Any, keys: Any) -> int:
    """Adds keys; returns how many were not there."""
    mask = np.uint64(table.size - 1)
    added = 0
    for i in range(keys.size):
        place = keys[i] & mask
        while table[place] != 0 and table[place] != keys[i]:
            place = (place + np.uint64(1)) & mask
        if table[place] == 0:
            table[place] = keys[i]
            added += 1
    return added


def warm() -> None:
    """Loads the compiled loops, or compiles them the first time on a machine, before anybody waits for them."""
    table, keys = np.zeros(2, np.uint64), np.ones(1, np.uint64)
    _insert(table, keys)
    _absent(table, keys, np.ones(1, np.bool_))


class Seen:
    """The ids of the last days. Used by one thread at a time.

    Asking and remembering are two steps: between them the events are put on disk, and what could not be put there
    must not be known.
    """

    def __init__(self, days: int) -> None:
        self._days = days
        self._tables: dict[int, Prints] = {}
        self._counts: dict[int, int] = {}

    def __len__(self) -> int:
        return sum(self._counts.values())

    def fresh(self, keys: Prints, day: int) -> npt.NDArray[np.bool_]:
        """True where a key was not seen since `day` (days since the epoch) less the horizon, nor before in `keys`."""
        fresh = np.zeros(keys.size, np.bool_)
        fresh[np.unique(keys, return_index=True)[1]] = True
        for other, table in self._tables.items():
            if other >= day - self._days:
                _absent(table, keys, fresh)
        return fresh

    def remember(self, keys: Prints, day: int) -> None:
        """Remembers the keys under `day`."""
        table = self._room(day, keys.size)
        self._counts[day] += _insert(table, keys)

    def forget(self, day: int) -> None:
        """Drops the days that `day` no longer looks back to."""
        for old in [d for d in self._tables if d < day - self._days]:
            del self._tables[old], self._counts[old]

    def _room(self, day: int, more: int) -> Prints:
        """The day's table, grown so that `more` fit and half of it stays empty."""
        table = self._tables.get(day)
        if table is None:
            # A day like the one before it: its table then rarely has to grow.
            last = max((t.size for t in self._tables.values()), default=0)
            table = np.zeros(max(_SMALLEST, last // 2), np.uint64)
            self._tables[day], self._counts[day] = table, 0
        needed = 2 * (self._counts[day] + more)
        if table.size < needed:
            larger = np.zeros(1 << int(needed - 1).bit_length(), np.uint64)
            old = table[table != 0]
            _insert(larger, old)
            self._tables[day] = table = larger
        return table


__all__ = ["Prints", "Seen", "fingerprints", "warm"]
