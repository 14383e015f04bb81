"""A look at a text of JSON, sixty-four bytes at a time: whether it is UTF-8, and where its square brackets stand.

Brackets within strings do not count. Of a batch of events that are arrays every event lies between two brackets, so
that one nobody reads is passed over without being looked at again. Of UTF-8 each byte that begins a character says
which of those behind it must go on with it.
"""

from __future__ import annotations

from typing import Any, Final

from liuke.act.triggers.kernels.vectors import (
    LANES,
    beyond_ascii,
    escapes,
    first_bit,
    following,
    leads_of_four,
    leads_of_three,
    narrow_leads,
    no_leads,
    number_of_bits,
    quotes,
    square_brackets,
)
from liuke.engine.compiled import apart, entry, kernel

NOT_UTF8: Final = -1
TOO_MANY: Final = -2
_BROKEN: Final = -1
_AT_ONCE: Final = 2
_LAST: Final = -(1 << 63)


@entry
def outline(text: Any, tail: Any, places: Any) -> int:
    """Writes where square brackets stand outside of strings, in their order; how many, NOT_UTF8 or TOO_MANY.

    tail: LANES bytes to work in. places: room for two blocks' more than may be found.
    """
    count, at, inside, escaped, owed = 0, 0, 0, 0, 0
    while at + LANES <= text.size:
        if beyond_ascii(text, at) != 0 or owed != 0:
            owed = characters(text, at, owed)
            if owed == _BROKEN:
                return NOT_UTF8
        inside, escaped, found = block(text, at, inside, escaped)
        count = write(places, count, at, found)
        if count + 2 * LANES > places.size:
            return TOO_MANY
        at += LANES
    tail[:] = 0
    for i in range(text.size - at):
        tail[i] = text[at + i]
    if characters(tail, 0, owed) != 0:
        return NOT_UTF8
    return write(places, count, at, block(tail, 0, inside, escaped)[2])


@kernel
def block(text: Any, at: int, inside: int, escaped: int) -> Any:
    """(inside, escaped, brackets): for the next block, whether it begins within a string (all bits or none) and behind
    a backslash (1 or 0); which bytes of this one are square brackets outside of strings.
    """
    marks, slashes = quotes(text, at), escapes(text, at)
    if slashes | escaped != 0:
        behind, escaped = behind_escapes(slashes, escaped)
        marks &= ~behind
    within = parity(marks) ^ inside
    return within >> 63, escaped, square_brackets(text, at) & ~within


@kernel
def write(places: Any, count: int, at: int, found: int) -> int:
    """Adds the places of bits; how many there are then. Two at once: more are seldom, and branches cost more."""
    number = number_of_bits(found)
    places[count] = at + first_bit(found | _LAST)  # one bit there must be
    places[count + 1] = at + first_bit((found & (found - 1)) | _LAST)
    if number > _AT_ONCE:
        write_more(places, count, at, found)
    return count + number


@apart
def write_more(places: Any, count: int, at: int, found: int) -> None:
    """Writes the place of every bit."""
    while found != 0:
        places[count] = at + first_bit(found)
        found &= found - 1
        count += 1


@kernel
def parity(bits: int) -> int:
    """For each bit, whether an odd number of bits up to it are set: between opening and closing quotes."""
    bits ^= bits << 1
    bits ^= bits << 2
    bits ^= bits << 4
    bits ^= bits << 8
    bits ^= bits << 16
    return bits ^ (bits << 32)


@apart
def behind_escapes(slashes: int, first: int) -> Any:
    """(bytes behind a backslash that says something, whether the next block's first is one). first: of this block."""
    behind, after = first, 0
    slashes &= ~first
    while slashes != 0:
        lowest = slashes & -slashes
        behind |= lowest << 1
        after = (lowest >> 63) & 1
        slashes &= ~(lowest | (lowest << 1))
    return behind, after


@apart
def characters(text: Any, at: int, owed: int) -> int:
    """Which of the next block's first three bytes must go on with a character, as bits; _BROKEN when it is not UTF-8.

    owed: the same of this block.
    """
    goes_on, leads = following(text, at), beyond_ascii(text, at)
    leads &= ~goes_on
    three, four = leads_of_three(text, at), leads_of_four(text, at)
    wanted = owed | (leads << 1) | (three << 2) | (four << 3)
    if wanted != goes_on or no_leads(text, at) != 0:
        return _BROKEN
    narrow = narrow_leads(text, at)
    while narrow != 0:
        place = at + first_bit(narrow)
        if place + 1 < text.size and not goes_on_well(int(text[place]), int(text[place + 1])):
            return _BROKEN
        narrow &= narrow - 1
    return ((leads >> 63) & 1) | ((three >> 62) & 3) | ((four >> 61) & 7)


@kernel
def goes_on_well(first: int, second: int) -> bool:
    """Whether the second byte of a character is one that the first allows; of those that do not allow all."""
    if first == 0xE0:
        return second >= 0xA0
    if first == 0xED:
        return second < 0xA0
    return second >= 0x90 if first == 0xF0 else second < 0x90
