"""One person's facts in order: a compiled loop."""

from __future__ import annotations

from typing import Any, Final

from liuke.engine.compiled import alone

_MOST_MOVES: Final = 16
"""Per fact. Days are loaded one after the other, so that most lists are nearly in order and this is the quicker way."""


@alone
def put_in_order(mine: Any) -> None:
    """Sorts the numbers in place: by insertion, as long as that moves few, else as NumPy does."""
    moves, most = 0, _MOST_MOVES * len(mine)
    for i in range(1, len(mine)):
        mark, at = mine[i], i
        while at > 0 and mine[at - 1] > mark:
            mine[at] = mine[at - 1]
            at -= 1
        mine[at] = mark
        moves += i - at
        if moves > most:
            mine.sort()
            return
