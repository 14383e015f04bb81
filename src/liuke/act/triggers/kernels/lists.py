"""A condition's events in view: times, values and references, old to new, in a block that grows as needed.

One word of the record says where the block is: place << 24 | capacity << 12 | length. A block of capacity c holds c
times, then c values where the condition has any, then c references, two to a word.
"""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.layout import KEPT, LIST_WORDS
from liuke.act.triggers.kernels.memory import give_back, take
from liuke.engine.compiled import kernel

_LOW = (1 << 12) - 1
_HALF = (1 << 32) - 1


@kernel
def length_of(mem: Any, word: int) -> int:
    """How many events."""
    return mem[word] & _LOW


@kernel
def capacity_of(mem: Any, word: int) -> int:
    """How many fit."""
    return (mem[word] >> 12) & _LOW


@kernel
def time_at(mem: Any, word: int, i: int) -> int:
    """Event time of the i-th, the oldest being 0."""
    return mem[(mem[word] >> 24) + i]


@kernel
def value_at(mem: Any, word: int, i: int) -> int:
    """Value of the i-th."""
    return mem[(mem[word] >> 24) + capacity_of(mem, word) + i]


@kernel
def ref_at(mem: Any, word: int, i: int, valued: int) -> int:
    """Reference of the i-th."""
    at = (mem[word] >> 24) + capacity_of(mem, word) * (1 + valued) + (i >> 1)
    return (mem[at] >> (32 * (i & 1))) & _HALF


@kernel
def set_ref(mem: Any, at: int, i: int, ref: int) -> None:
    """Writes the i-th of references that begin at the word `at`."""
    shift = 32 * (i & 1)
    mem[at + (i >> 1)] = (mem[at + (i >> 1)] & ~(_HALF << shift)) | (ref << shift)


@kernel
def block_words(capacity: int, valued: int) -> int:
    """Words of a block."""
    return capacity * (1 + valued) + ((capacity + 1) >> 1)


@kernel
def resize(mem: Any, word: int, capacity: int, valued: int) -> None:
    """Moves the events into a block of another capacity; 0 gives the block back."""
    length, old = length_of(mem, word), capacity_of(mem, word)
    place = 0
    if capacity > 0:
        place = take(mem, block_words(capacity, valued))
        if place == 0:
            return
        mem[LIST_WORDS] += block_words(capacity, valued)
        refs = place + capacity * (1 + valued)
        for i in range(length):
            mem[place + i] = time_at(mem, word, i)
            if valued:
                mem[place + capacity + i] = value_at(mem, word, i)
            set_ref(mem, refs, i, ref_at(mem, word, i, valued))
    if old > 0:
        mem[LIST_WORDS] -= block_words(old, valued)
        give_back(mem, mem[word] >> 24, block_words(old, valued))
    mem[word] = (place << 24) | (capacity << 12) | (length if capacity > 0 else 0)


@kernel
def remove(mem: Any, word: int, start: int, some: int, valued: int) -> None:
    """Takes `some` events out from the i-th on; an empty list gives its block back."""
    length, capacity = length_of(mem, word), capacity_of(mem, word)
    left = length - some
    if left == 0:
        resize(mem, word, 0, valued)
        return
    place = mem[word] >> 24
    refs = place + capacity * (1 + valued)
    for i in range(start, left):
        mem[place + i] = mem[place + i + some]
        if valued:
            mem[place + capacity + i] = mem[place + capacity + i + some]
        set_ref(mem, refs, i, ref_at(mem, word, i + some, valued))
    mem[word] = (place << 24) | (capacity << 12) | left


@kernel
def forget_until(mem: Any, word: int, after: int, valued: int) -> None:
    """Takes out what happened at `after` or before."""
    length, gone = length_of(mem, word), 0
    while gone < length and time_at(mem, word, gone) <= after:
        gone += 1
    if gone > 0:
        remove(mem, word, 0, gone, valued)


@kernel
def insert(mem: Any, word: int, at: int, value: int, ref: int, valued: int, most: int) -> bool:
    """Adds an event after all that are not later; the oldest goes when there are more than `most`.

    Returns whether the event is in the list then.
    """
    length = length_of(mem, word)
    place = length
    while place > 0 and time_at(mem, word, place - 1) > at:
        place -= 1
    if length == most:
        if place == 0:
            return False
        remove_oldest(mem, word, place, valued)
        place -= 1
    elif length == capacity_of(mem, word):
        resize(mem, word, min(most, max(1, 2 * length)), valued)
        if length == capacity_of(mem, word):
            return False
        open_gap(mem, word, place, valued)
    else:
        open_gap(mem, word, place, valued)
    write(mem, word, place, at, value, ref, valued)
    return True


@kernel
def remove_oldest(mem: Any, word: int, until: int, valued: int) -> None:
    """Moves the events before `until` one place down over the oldest; the place until - 1 is then free."""
    capacity = capacity_of(mem, word)
    place = mem[word] >> 24
    refs = place + capacity * (1 + valued)
    for i in range(until - 1):
        mem[place + i] = mem[place + i + 1]
        if valued:
            mem[place + capacity + i] = mem[place + capacity + i + 1]
        set_ref(mem, refs, i, ref_at(mem, word, i + 1, valued))


@kernel
def open_gap(mem: Any, word: int, start: int, valued: int) -> None:
    """Moves the events from `start` on one place up."""
    length, capacity = length_of(mem, word), capacity_of(mem, word)
    place = mem[word] >> 24
    refs = place + capacity * (1 + valued)
    for i in range(length, start, -1):
        mem[place + i] = mem[place + i - 1]
        if valued:
            mem[place + capacity + i] = mem[place + capacity + i - 1]
        set_ref(mem, refs, i, ref_at(mem, word, i - 1, valued))
    mem[word] += 1


@kernel
def write(mem: Any, word: int, i: int, at: int, value: int, ref: int, valued: int) -> None:
    """Writes the i-th event."""
    capacity = capacity_of(mem, word)
    place = mem[word] >> 24
    mem[place + i] = at
    if valued:
        mem[place + capacity + i] = value
    set_ref(mem, place + capacity * (1 + valued), i, ref)
    mem[KEPT] = 1


@kernel
def find_value(mem: Any, word: int, value: int) -> int:
    """The place of the event with the value, -1 when there is none."""
    for i in range(length_of(mem, word)):
        if value_at(mem, word, i) == value:
            return i
    return -1


@kernel
def remember(mem: Any, at: int, ref: int) -> None:
    """Keeps the last four references, new first, in two words."""
    first, second = mem[at], mem[at + 1]
    mem[at + 1] = ((second & _HALF) << 32) | ((first >> 32) & _HALF)
    mem[at] = ((first & _HALF) << 32) | ref
    mem[KEPT] = 1
