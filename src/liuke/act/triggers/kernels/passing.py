"""Passes over JSON that nobody reads: strings, arrays and objects, sixty-four bytes at a time; and whether it is UTF-8.

What begins at a place is passed as far as it goes. 0 means that it does not end before the last byte of the text, or
that it has to be read in another way.
"""

from __future__ import annotations

from typing import Any, Final

from liuke.act.triggers.kernels.compiled import apart, entry, kernel
from liuke.act.triggers.kernels.vectors import (
    LANES,
    beyond_ascii,
    brackets,
    eight_bytes,
    escapes,
    first_bit,
    opening_brackets,
    quotes,
    quotes_or_escapes,
)

QUOTE, BACKSLASH, COMMA = 34, 92, 44
OPEN, CLOSE, BEGIN, END = 91, 93, 123, 125
_EIGHT_ZEROS: Final = 0x3030303030303030
_HIGH_HALVES: Final = -0x0F0F0F0F0F0F0F10  # 0xF0F0F0F0F0F0F0F0
_LOW_HALVES: Final = 0x0F0F0F0F0F0F0F0F


@kernel
def string_end(text: Any, at: int) -> int:
    """Where the string that begins at `at` has its closing quote; 0 when it has an escape or does not end."""
    if text[at] != QUOTE:
        return 0
    at += 1
    while at + LANES <= text.size:
        found = quotes_or_escapes(text, at)
        if found != 0:
            at += first_bit(found)
            return at if text[at] == QUOTE and at < text.size - 1 else 0
        at += LANES
    while at < text.size - 1:
        if text[at] == QUOTE:
            return at
        if text[at] == BACKSLASH:
            return 0
        at += 1
    return 0


@kernel
def value_end(text: Any, at: int) -> int:
    """Behind any value."""
    code = text[at]
    if code == QUOTE:
        end = string_end(text, at)
        return end + 1 if 0 < end < text.size - 2 else slow_end(text, at)
    if code in (BEGIN, OPEN):
        return container_end(text, at)
    return slow_end(text, at)


@kernel
def container_end(text: Any, at: int) -> int:
    """Behind an array or object: where the brackets outside of strings have closed."""
    start, depth, carried = at, 0, 0
    while at + LANES < text.size - 1:
        if escapes(text, at) != 0:
            return slow_end(text, start)
        inside = parity(quotes(text, at)) ^ carried
        carried = inside >> 63
        left = brackets(text, at) & ~inside
        opening = opening_brackets(text, at)
        while left != 0:
            lowest = left & -left
            depth += 1 if opening & lowest != 0 else -1
            if depth == 0:
                return at + first_bit(lowest) + 1
            left ^= lowest
        at += LANES
    return slow_end(text, start)


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
def slow_end(text: Any, at: int) -> int:
    """Behind any value, byte by byte, up to the comma or bracket behind it."""
    depth, last = 0, text.size - 1
    while at < last:
        code = text[at]
        if code == QUOTE:
            at += 1
            while at < last and text[at] != QUOTE:
                at += 2 if text[at] == BACKSLASH else 1
        elif code in (OPEN, BEGIN):
            depth += 1
        elif code in (CLOSE, END):
            if depth == 0:
                return at
            depth -= 1
        elif code == COMMA and depth == 0:
            return at
        at += 1
    return 0


@kernel
def eight_digits(text: Any, at: int) -> int:
    """The number that eight digits write; -1 when they are none. The eight bytes must be there."""
    chunk = eight_bytes(text, at)
    beyond = (chunk + 0x0606060606060606) & _HIGH_HALVES
    if (chunk & _HIGH_HALVES) != _EIGHT_ZEROS or beyond != _EIGHT_ZEROS:
        return -1
    chunk = ((chunk & _LOW_HALVES) * 2561) >> 8
    chunk = ((chunk & 0x00FF00FF00FF00FF) * 6553601) >> 16
    return ((chunk & 0x0000FFFF0000FFFF) * 42949672960001) >> 32


@entry
def is_utf8(text: Any) -> bool:
    """Whether the bytes are UTF-8."""
    at = 0
    while at < text.size:
        if at + LANES <= text.size:
            found = beyond_ascii(text, at)
            if found == 0:
                at += LANES
                continue
            at += first_bit(found)
        elif text[at] < 128:
            at += 1
            continue
        length = character(text, at)
        if length == 0:
            return False
        at += length
    return True


@kernel
def character(text: Any, at: int) -> int:
    """How many bytes the character beyond ASCII takes that begins at `at`; 0 when it is none."""
    first = int(text[at])
    if first < 0xC2 or first > 0xF4:
        return 0
    length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if at + length > text.size:
        return 0
    second = int(text[at + 1])
    lowest = 0xA0 if first == 0xE0 else 0x90 if first == 0xF0 else 0x80
    highest = 0x9F if first == 0xED else 0x8F if first == 0xF4 else 0xBF
    if second < lowest or second > highest:
        return 0
    for i in range(2, length):
        if text[at + i] & 0xC0 != 0x80:
            return 0
    return length
