"""The funnel of each person, from a sorted list of facts: compiled loops, linear in facts times steps."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from liuke.engine.compiled import allocating, kernel
from liuke.insight.behaviour.order import put_in_order
from liuke.insight.behaviour.sequences import SHIFT

ORDERED: Final = 0
STRICT: Final = 1
ANY: Final = 2
_FULL: Final = (1 << SHIFT) - 1
_NEVER: Final = -1


class Terms(NamedTuple):
    """How entries are made. window, first, end: microseconds; entries begin at first <= moment < end. bans: rows of
    (thing, after, before), steps numbered from 0.
    """

    steps: int
    order: int
    window: int
    first: int
    end: int
    bans: Any


@kernel
def _bit(mark: int, what: int) -> int:
    return ((_FULL - (mark & _FULL)) >> (SHIFT - 1 - what)) & 1


@allocating
def entries(offsets: Any, marks: Any, terms: Terms) -> tuple[Any, Any]:
    """The kept entry of each list: how deep, 0 for none, and the moments of its steps, -1 where not reached.

    offsets, marks: int64 lists (sequences.py); each is sorted in place. Returns int64 arrays of (persons) and
    (persons, steps).
    """
    persons, steps, things, longest = len(offsets) - 1, terms.steps, terms.steps, 0
    depth = np.zeros(persons, np.int64)
    moments = np.full((persons, steps), _NEVER, np.int64)
    for p in range(persons):
        longest = max(longest, offsets[p + 1] - offsets[p])
    for b in range(len(terms.bans)):
        things = max(things, terms.bans[b, 0] + 1)
    following = np.empty((longest + 1, things), np.int64)
    path, kept = np.empty(steps, np.int64), np.empty(steps, np.int64)
    for p in range(persons):
        mine = marks[offsets[p] : offsets[p + 1]]
        put_in_order(mine)
        _follow(mine, following, things)
        depth[p] = _best(mine, following, terms, path, kept)
        for k in range(steps):
            moments[p, k] = mine[kept[k]] >> SHIFT if kept[k] >= 0 else _NEVER
    return depth, moments


@kernel
def _follow(mine: Any, following: Any, things: int) -> None:
    """following[i, k]: the first fact at place i or later that is thing k; the length of the list where none is."""
    n = len(mine)
    for k in range(things):
        following[n, k] = n
    for i in range(n - 1, -1, -1):
        for k in range(things):
            following[i, k] = i if _bit(mine[i], k) else following[i + 1, k]


@kernel
def _best(mine: Any, following: Any, terms: Terms, path: Any, kept: Any) -> int:
    """The depth of the best entry; its facts' places in `kept`."""
    deepest, quickest = 0, 0
    for k in range(terms.steps):
        kept[k] = _NEVER
    for i in range(len(mine)):
        begun = mine[i] >> SHIFT
        if begun >= terms.end:
            break
        if begun < terms.first:
            continue
        reached = _entry(mine, following, terms, i, path)
        took = (mine[path[reached - 1]] >> SHIFT) - begun if reached else 0
        if reached > deepest or (reached == deepest and took < quickest):
            deepest, quickest = reached, took
            for k in range(reached):
                kept[k] = path[k]
    return deepest


@kernel
def _entry(mine: Any, following: Any, terms: Terms, i: int, path: Any) -> int:
    """How deep the entry goes that begins at place i, 0 where none does or what must not happen did."""
    until = (mine[i] >> SHIFT) + terms.window
    if terms.order == ANY:
        return _gather(mine, following, terms.steps, i, until, path)
    if not _bit(mine[i], 0):
        return 0
    if terms.order == STRICT:
        reached = _walk_strictly(mine, terms.steps, i, until, path)
    else:
        reached = _walk(mine, following, terms.steps, i, until, path)
    return 0 if _is_banned(mine, following, terms.bans, path, reached, until) else reached


@kernel
def _walk(mine: Any, following: Any, steps: int, i: int, until: int, path: Any) -> int:
    path[0] = i
    for k in range(1, steps):
        at = following[path[k - 1] + 1, k]
        if at == len(mine) or mine[at] >> SHIFT > until:
            return k
        path[k] = at
    return steps


@kernel
def _walk_strictly(mine: Any, steps: int, i: int, until: int, path: Any) -> int:
    path[0] = i
    for k in range(1, steps):
        at = i + k
        if at >= len(mine) or not _bit(mine[at], k) or mine[at] >> SHIFT > until:
            return k
        path[k] = at
    return steps


@kernel
def _gather(mine: Any, following: Any, steps: int, i: int, until: int, path: Any) -> int:
    """Facts from place i on, each serving the first step that it is and that is not served yet; places in order."""
    served, reached, at = 0, 0, i
    while at < len(mine) and mine[at] >> SHIFT <= until and reached < steps:
        for k in range(steps):
            if not (served >> k) & 1 and _bit(mine[at], k):
                served |= 1 << k
                path[reached] = at
                reached += 1
                break
        if at == i and reached == 0:
            return 0
        onward = len(mine)
        for k in range(steps):
            if not (served >> k) & 1:
                onward = min(onward, following[at + 1, k])
        at = onward
    return reached


@kernel
def _is_banned(mine: Any, following: Any, bans: Any, path: Any, reached: int, until: int) -> bool:
    for b in range(len(bans)):
        after, before = bans[b, 1], bans[b, 2]
        if after >= reached:
            continue
        at = following[path[after] + 1, bans[b, 0]]
        if at == len(mine) or mine[at] >> SHIFT > until:
            continue
        if before >= reached or at < path[before]:
            return True
    return False
