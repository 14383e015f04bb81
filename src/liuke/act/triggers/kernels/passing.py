"""Passes over JSON that nobody reads: strings, arrays and objects, sixty-four bytes at a time.

What begins at a place is passed as far as it goes. 0 means that it does not end before the last byte of the text, or
that it has to be read in another way.
"""

from __future__ import annotations

from typing import Any, Final

from liuke.act.triggers.kernels.outline import parity
from liuke.act.triggers.kernels.vectors import (
    LANES,
    brackets,
    escapes,
    first_bit,
    opening_brackets,
    quotes,
    quotes_or_escapes,
)
from liuke.engine.compiled import apart, kernel, wrapped_product, wrapped_sum

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
def odd_digits(chunk: int) -> int:
    """0 when eight bytes are all digits."""
    beyond = wrapped_sum(chunk, 0x0606060606060606) & _HIGH_HALVES
    return ((chunk & _HIGH_HALVES) ^ _EIGHT_ZEROS) | (beyond ^ _EIGHT_ZEROS)


@kernel
def digits_value(chunk: int) -> int:
    """The number that eight digits write, the first of them in the lowest byte."""
    chunk = wrapped_product(chunk & _LOW_HALVES, 2561) >> 8
    chunk = wrapped_product(chunk & 0x00FF00FF00FF00FF, 6553601) >> 16
    return wrapped_product(chunk & 0x0000FFFF0000FFFF, 42949672960001) >> 32
