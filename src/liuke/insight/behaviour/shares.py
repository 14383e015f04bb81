"""Facts of a share of all people, held as they came, and laid out by person for some people after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from liuke.engine.compiled import allocating
from liuke.insight.behaviour.numbering import Hashed, Numbered

_AT_ONCE: Final = 1 << 23
"""So many facts are laid out at once, 64 MB, if that makes no more than MOST_WALKS stretches of people."""
_MOST_WALKS: Final = 16
"""All facts of the share are walked through once per stretch."""


class _Block(NamedTuple):
    """One fact each: the person's number, the mark, and the number of a word; no words where none were asked."""

    people: Any
    marks: Any
    words: Any


class Stretch(NamedTuple):
    """People from number `low` to before `high`. offsets: of their lists, from 0."""

    low: int
    high: int
    offsets: Any


class Share:
    """All facts of the people of one share. room_bytes: what lies beyond stands in files of the folder `spill`, which
    are gone with this.
    """

    def __init__(self, share: int, shares: int, room_bytes: int, spill: Path) -> None:
        self._which, self._people = (share, shares), Numbered()
        self._blocks: list[_Block] = []
        self._room, self._spill = room_bytes, spill

    def take(self, who: Hashed, marks: Any, words: Any) -> None:
        """Those of these facts that are of the share's people."""
        mine = who.of_share(*self._which)
        block = _Block(self._people.of(who, mine), marks[mine], words[mine] if len(words) else words)
        self._room -= sum(column.nbytes for column in block)
        self._blocks.append(block if self._room > 0 else _Block(*(_filed(each, self._spill) for each in block)))

    def stretches(self) -> Iterator[Stretch]:
        """All people, some at a time."""
        lengths = np.zeros(len(self._people), np.int64)
        for block in self._blocks:
            _count(block.people, lengths)
        ends = np.append(0, np.cumsum(lengths))
        most, low = max(_AT_ONCE, ends[-1] // _MOST_WALKS), 0
        while low < len(lengths):
            high = max(low + 1, int(np.searchsorted(ends, ends[low] + most, side="right")) - 1)
            yield Stretch(low, high, ends[low : high + 1] - ends[low])
            low = high

    def laid(self, stretch: Stretch, low_of_word: Any) -> tuple[pa.Array, Any, Any]:
        """Who, offsets, and the marks of each with what its word adds; in no order, the caller's own."""
        marks, places = np.empty(stretch.offsets[-1], np.int64), stretch.offsets[:-1].copy()
        for block in self._blocks:
            _lay(block, stretch.low, low_of_word, places, marks)
        return self._people.texts(stretch.low, stretch.high), stretch.offsets, marks


def _filed(column: Any, folder: Path) -> Any:
    """The same, in a file without a name."""
    if not len(column):
        return column
    with tempfile.TemporaryFile(dir=folder) as file:
        column.tofile(file)
        file.flush()
        return np.asarray(np.memmap(file, column.dtype, mode="c", shape=column.shape))


@allocating
def _count(people: Any, lengths: Any) -> None:
    for person in people:
        lengths[person] += 1


@allocating
def _lay(block: Any, low: int, low_of_word: Any, places: Any, marks: Any) -> None:
    """places: of the next fact of each person of the stretch."""
    people = len(places)
    for i in range(len(block.people)):
        person = block.people[i] - low
        if 0 <= person < people:
            added = low_of_word[block.words[i]] if len(block.words) else 0
            marks[places[person]] = block.marks[i] + added
            places[person] += 1
