"""How long people stay at each place, and where things fail, are tried again or tapped in anger: compiled loops."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from liuke.engine.compiled import allocating, kernel
from liuke.insight.behaviour.order import put_in_order
from liuke.insight.behaviour.sequences import SHIFT
from liuke.insight.paths.loops import ERROR_BIT, node_of, session_end

FINEST: Final = 0.1
"""Times below so many seconds are one bin; the others lie RATIO apart."""
RATIO: Final = 1.02
BINS: Final = 1100
EVENTS: Final = 0
FAILED: Final = 1
RETRIED: Final = 2
RAGE: Final = 3
_RUN: Final = 3
"""So many times in a row, each soon after the last, are rage."""


@kernel
def _apart(mine: Any, a: int, b: int) -> int:
    return int((mine[b] >> SHIFT) - (mine[a] >> SHIFT))


@kernel
def _bin(took: int) -> int:
    if took < FINEST * 1e6:
        return 0
    return min(1 + int(math.log(took / (FINEST * 1e6)) / math.log(RATIO)), BINS - 1)


@allocating
def dwell(offsets: Any, marks: Any, waits: Any, nodes: int) -> tuple[Any, Any]:
    """Of all persons' events counts (nodes, 4) and times (nodes, BINS). waits: gap, retry, rage in microseconds.

    A time is that until the next event of the session; its last event has none.
    """
    counts, times = np.zeros((nodes, 4), np.int64), np.zeros((nodes, BINS), np.int64)
    for p in range(len(offsets) - 1):
        mine = marks[offsets[p] : offsets[p + 1]]
        put_in_order(mine)
        low = 0
        while low < len(mine):
            high = session_end(mine, low, waits[0])
            run = 1
            for at in range(low, high):
                node = node_of(mine[at])
                counts[node, EVENTS] += 1
                if at + 1 < high:
                    times[node, _bin(_apart(mine, at, at + 1))] += 1
                _add_trouble(mine, at, high, waits[1], counts)
                is_same = at > low and node_of(mine[at - 1]) == node and _apart(mine, at - 1, at) <= waits[2]
                run = run + 1 if is_same else 1
                counts[node, RAGE] += run == _RUN
            low = high
    return counts, times


@kernel
def _add_trouble(mine: Any, at: int, high: int, retry: int, counts: Any) -> None:
    """An event failed that is an error, or that an error of another name follows at once. It was tried again where the
    same follows soon, after such an error or at once.
    """
    node, after = node_of(mine[at]), at + 1
    failed = mine[at] & ERROR_BIT != 0
    if after < high and not failed and mine[after] & ERROR_BIT and node_of(mine[after]) != node:
        failed = True
        after += 1
    counts[node, FAILED] += failed
    counts[node, RETRIED] += after < high and node_of(mine[after]) == node and _apart(mine, at, after) <= retry
