"""Sessions and paths of each person, from a sorted list of events: compiled loops."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from liuke.engine.compiled import allocating, kernel
from liuke.insight.behaviour.order import put_in_order
from liuke.insight.behaviour.sequences import SHIFT
from liuke.insight.paths.tally import CODE, new_tally, roomy, tallied

ANCHOR_BIT: Final = 1
ERROR_BIT: Final = 2
NODE_SHIFT: Final = 2
MOST_NODES: Final = 1 << (SHIFT - NODE_SHIFT)
KIND: Final = 60
_BEGIN: Final = 1 << 12
_LOW: Final = (1 << SHIFT) - 1
FROM_FIRST: Final = 0
FROM_ANCHOR: Final = 1
TO_ANCHOR: Final = 2


class Terms(NamedTuple):
    """How paths are made. gap: microseconds. radix: nodes + 3, radix ** steps below 2 ** KIND."""

    steps: int
    gap: int
    anchored: int
    collapse: int
    radix: int


@kernel
def node_of(mark: int) -> int:
    """The node of an event."""
    return (mark & _LOW) >> NODE_SHIFT


@allocating
def paths(offsets: Any, marks: Any, terms: Terms) -> Any:
    """Everything people did, with how many people and how often: rows of (code, people, times, any of the people),
    int64, in no order.

    The two bits from KIND on tell what a code is. 0: a path, the digits of its nodes + 1 in the radix, the first one
    highest, 0 where it is over. 1: a step from a node at a place to what follows, (place · radix + node) · radix + next
    node, or the signs nodes (the session is over) and nodes + 1 (the path was followed no further). 2: a node at a
    place, place · radix + node. 3: any path. Places count from 0; of paths to an anchor the anchor's place is 0.
    offsets, marks: int64 lists; each is sorted in place. A session without the anchor has no path.
    """
    table, used, most = new_tally(_BEGIN), 0, 2 * terms.steps + 2
    path = np.empty(terms.steps + 1, np.int64)
    for p in range(len(offsets) - 1):
        mine = marks[offsets[p] : offsets[p + 1]]
        put_in_order(mine)
        low = 0
        while low < len(mine):
            high = session_end(mine, low, terms.gap)
            length = _path(mine, low, high, terms, path)
            if length:
                table = roomy(table, used, most)
                used += _told(path, length, terms, table, p)
            low = high
    return table[table[:, CODE] >= 0]


@kernel
def session_end(mine: Any, low: int, gap: int) -> int:
    """One after the last event of the session that begins at `low`."""
    high = low + 1
    while high < len(mine) and (mine[high] >> SHIFT) - (mine[high - 1] >> SHIFT) <= gap:
        high += 1
    return high


@kernel
def _path(mine: Any, low: int, high: int, terms: Terms, path: Any) -> int:
    """Nodes of the session's path, then the sign of how it ends; how many nodes it has, 0 without the anchor."""
    nodes = terms.radix - 3
    if terms.anchored == TO_ANCHOR:
        return _path_to(mine, low, high, terms, path)
    at = low
    if terms.anchored == FROM_ANCHOR:
        while at < high and not mine[at] & ANCHOR_BIT:
            at += 1
    length = 0
    while at < high:
        node = node_of(mine[at])
        if not (terms.collapse and length and path[length - 1] == node):
            if length == terms.steps:
                path[length] = nodes + 1
                return length
            path[length] = node
            length += 1
        at += 1
    path[length] = nodes
    return length


@kernel
def _path_to(mine: Any, low: int, high: int, terms: Terms, path: Any) -> int:
    """Backwards from the last anchor, turned round: the anchor is the last node."""
    nodes = terms.radix - 3
    at = high - 1
    while at >= low and not mine[at] & ANCHOR_BIT:
        at -= 1
    length, more = 0, 0
    while at >= low:
        node = node_of(mine[at])
        if not (terms.collapse and length and path[length - 1] == node):
            if length == terms.steps:
                more = 1
                break
            path[length] = node
            length += 1
        at -= 1
    for i in range(length // 2):
        path[i], path[length - 1 - i] = path[length - 1 - i], path[i]
    path[length] = nodes + more
    return length


@kernel
def _told(path: Any, length: int, terms: Terms, table: Any, person: int) -> int:
    """Adds the codes of one path; how many of them are new."""
    code, last = 0, length - 1 if terms.anchored == TO_ANCHOR else 0
    for k in range(terms.steps):
        code = code * terms.radix + (path[k] + 1 if k < length else 0)
    new = tallied(table, code, person) + tallied(table, 3 << KIND, person)
    for k in range(length):
        at = (abs(k - last) * terms.radix) + path[k]
        new += tallied(table, (2 << KIND) | at, person)
        if k < length - 1 or terms.anchored != TO_ANCHOR:
            new += tallied(table, (1 << KIND) | (at * terms.radix + path[k + 1]), person)
    return new
