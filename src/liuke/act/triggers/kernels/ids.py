"""Event ids in the store of evidence, in places of 16 bytes: a UUID's bytes, or a text behind a byte of its length.

A reference is the place, doubled, and one more for a text. It fits into 32 bits and grows with arrival.
"""

from __future__ import annotations

from typing import Any, Final

from liuke.act.triggers.kernels.memory import store_text
from liuke.engine.compiled import kernel

LONGEST: Final = 254
PLACE: Final = 16
_CHARACTERS = 36


@kernel
def store_id(into: Any, place: int, text: Any, start: int, end: int) -> int:
    """Writes an id of at most 254 bytes, a longer one cut; its reference."""
    if end - start == _CHARACTERS and pack(into, place * PLACE, text, start):
        return 2 * place
    store_text(into, place * PLACE, text, start, min(end, start + LONGEST))
    return 2 * place + 1


@kernel
def places_of(store: Any, ref: int) -> int:
    """How many places the id takes."""
    return 1 if ref & 1 == 0 else (int(store[(ref >> 1) * PLACE]) + PLACE) // PLACE


@kernel
def pack(into: Any, to: int, text: Any, start: int) -> bool:
    """Writes the 16 bytes of a UUID in small letters; False when the text is none."""
    made, half = 0, -1
    for i in range(_CHARACTERS):
        if i in (8, 13, 18, 23):
            if text[start + i] != 45:
                return False
            continue
        digit = digit_of(text[start + i])
        if digit < 0:
            return False
        if half < 0:
            half = digit
        else:
            into[to + made] = (half << 4) | digit
            made, half = made + 1, -1
    return made == PLACE


@kernel
def digit_of(letter: int) -> int:
    """The value of a hexadecimal digit in small letters, -1 for anything else."""
    code = int(letter)
    if 48 <= code <= 57:
        return code - 48
    return code - 87 if 97 <= code <= 102 else -1
