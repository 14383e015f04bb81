"""Event ids in the store of evidence: one byte of length and the text, or 255 and the 16 bytes of a UUID."""

from __future__ import annotations

from typing import Any, Final

from liuke.act.triggers.kernels.compiled import kernel
from liuke.act.triggers.kernels.memory import store_text

UUID: Final = 255
_CHARACTERS, _BYTES = 36, 16


@kernel
def store_id(into: Any, used: int, text: Any, start: int, end: int) -> int:
    """Writes an id of at most 254 bytes, a longer one cut; how far the store then reaches, a multiple of 8."""
    if end - start == _CHARACTERS and pack(into, used + 1, text, start):
        into[used] = UUID
        return used + 24
    return store_text(into, used, text, start, min(end, start + UUID - 1))


@kernel
def stored_bytes(store: Any, at: int) -> int:
    """How much room the id takes."""
    return 24 if store[at] == UUID else (int(store[at]) + 8) & ~7


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
    return made == _BYTES


@kernel
def digit_of(letter: int) -> int:
    """The value of a hexadecimal digit in small letters, -1 for anything else."""
    code = int(letter)
    if 48 <= code <= 57:
        return code - 48
    return code - 87 if 97 <= code <= 102 else -1
