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


_NONE: Final = np.empty(0, np.int32)


class _Block(NamedTuple):
    """One fact each: the person's number, the mark, the numbers of a word and of a text of its own; none of these where
    none were asked.
    """

    people: Any
    marks: Any
    words: Any
    owns: Any


class OwnTexts(NamedTuple):
    """Texts that are numbered among those of a share only, such as names of cases. nulls: where there is none."""

    texts: Hashed
    nulls: Any


class Stretch(NamedTuple):
    """People from number `low` to before `high`. offsets: of their lists, from 0."""

    low: int
    high: int
    offsets: Any


class Laid(NamedTuple):
    """Facts of some people: who, offsets of their facts, and of each fact its mark and the numbers of word and text."""

    people: pa.Array
    offsets: Any
    marks: Any
    words: Any
    owns: Any


class Share:
    """All facts of the people of one share. room_bytes: what lies beyond stands in files of the folder `spill`, which
    are gone with this.
    """

    def __init__(self, share: int, shares: int, room_bytes: int, spill: Path) -> None:
        self._which, self._people, self._own = (share, shares), Numbered(), Numbered()
        self._blocks: list[_Block] = []
        self._room, self._spill = room_bytes, spill

    @property
    def own(self) -> Numbered:
        """Texts of its own."""
        return self._own

    def take(self, who: Hashed, marks: Any, words: Any, owns: OwnTexts | None = None) -> None:
        """Those of these facts that are of the share's people."""
        mine = who.of_share(*self._which)
        numbers = _NONE
        if owns is not None:
            numbers = self._own.of(owns.texts, mine)
            numbers[owns.nulls[mine]] = -1
        self._hold(self._people.of(who, mine), marks[mine], words[mine] if len(words) else words, numbers)

    def take_known(self, who: Hashed, marks: Any, words: Any, owns: Any) -> None:
        """Those of people of whom there are facts already. owns: numbers."""
        mine = who.of_share(*self._which)
        people = self._people.known(who, mine)
        there = np.flatnonzero(people >= 0)
        mine = mine[there]
        self._hold(people[there], marks[mine], words[mine], owns[mine])

    def _hold(self, *columns: Any) -> None:
        block = _Block(*columns)
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

    def laid_apart(self, stretch: Stretch) -> Laid:
        """The same with what facts are beside their marks."""
        whole = stretch.offsets[-1]
        marks, words, owns = np.empty(whole, np.int64), np.empty(whole, np.int32), np.empty(whole, np.int32)
        places = stretch.offsets[:-1].copy()
        for block in self._blocks:
            _lay_apart(block, stretch.low, places, marks, words, owns)
        return Laid(self._people.texts(stretch.low, stretch.high), stretch.offsets, marks, words, owns)


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


@allocating
def _lay_apart(block: Any, low: int, places: Any, marks: Any, words: Any, owns: Any) -> None:
    people = len(places)
    for i in range(len(block.people)):
        person = block.people[i] - low
        if 0 <= person < people:
            at = places[person]
            marks[at], words[at], owns[at] = block.marks[i], block.words[i], block.owns[i]
            places[person] += 1
