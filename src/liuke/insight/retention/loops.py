"""Returns on each person's own clock, from a list of facts: compiled loops, linear in facts for every cohort."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from liuke.engine.compiled import allocating, kernel
from liuke.insight.behaviour.order import put_in_order
from liuke.insight.behaviour.sequences import SHIFT

_FULL = (1 << SHIFT) - 1


class Terms(NamedTuple):
    """opens: the first moment at which a start matters. bounds: where cohorts begin, and where the last one ends.
    length: of a period. Microseconds. returns: which thing is the return. once: whether a person enters one cohort
    only.
    """

    opens: int
    bounds: Any
    length: int
    periods: int
    returns: int
    once: bool


@kernel
def _bit(mark: int, what: int) -> int:
    return ((_FULL - (mark & _FULL)) >> (SHIFT - 1 - what)) & 1


@allocating
def rolling(offsets: Any, marks: Any, terms: Terms) -> tuple[Any, Any, Any, Any]:
    """Entries in order of persons: which list, which cohort, the periods with a return as bits, whether it is the
    person's first.

    offsets, marks: int64 lists (sequences.py); each is sorted in place.
    """
    persons, cohorts = len(offsets) - 1, len(terms.bounds) - 1
    most = persons if terms.once else min(persons * cohorts, len(marks))
    who, entered = np.empty(most, np.int64), np.empty(most, np.int64)
    bits, new = np.empty(most, np.int64), np.empty(most, np.bool_)
    n = 0
    for p in range(persons):
        mine = marks[offsets[p] : offsets[p + 1]]
        put_in_order(mine)
        last = -1
        for i in range(len(mine)):
            moment = mine[i] >> SHIFT
            if moment >= terms.bounds[cohorts]:
                break
            if moment < terms.opens or not _bit(mine[i], 0):
                continue
            if moment < terms.bounds[0]:
                break
            cohort = np.searchsorted(terms.bounds, moment, side="right") - 1
            if cohort == last:
                continue
            who[n], entered[n], bits[n], new[n] = p, cohort, _returns(mine, i, terms), last < 0
            last = cohort
            n += 1
            if terms.once:
                break
    return who[:n], entered[:n], bits[:n], new[:n]


@kernel
def _returns(mine: Any, i: int, terms: Terms) -> int:
    """Of the same moment all facts that are no start come after the first that is one (sequences.py)."""
    begun, bits = mine[i] >> SHIFT, 0
    for j in range(i, len(mine)):
        period = ((mine[j] >> SHIFT) - begun) // terms.length
        if period > terms.periods:
            break
        if _bit(mine[j], terms.returns):
            bits |= 1 << period
    return bits
