"""What can be saved of a batch in which something is malformed: its whole items, and the pieces between them."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Final

_FIRST: Final = re.compile(r"\s*(?=\{)")
_NEXT: Final = re.compile(r",\s*(?=\{)")
_END: Final = re.compile(r"\s*(,|\]|$)")
_ATTEMPTS: Final = 1_000
"""Places at which another item is looked for in one text; made to be slow, a text costs some tenths of a second."""
_READER: Final = json.JSONDecoder()


def items_of(text: str, name: str | None) -> tuple[list[str], list[str]] | None:
    """The objects in the array called `name` (or the array that is the whole text) and the pieces that are none.

    For text that is not valid JSON. An object counts when it is whole and a comma, a bracket or the end follows it.
    None when there is no such array. Gives up after a number of broken pieces; the rest is then one piece.
    """
    opened = re.search(rf'"{re.escape(name)}"\s*:\s*\[' if name else r"^\s*\[", text)
    if not opened:
        return None
    whole: list[str] = []
    broken: list[str] = []
    left = _ATTEMPTS
    place = _skip(text, opened.end())
    while place < len(text) and text[place] == "{":
        end = _end_of(text, place)
        if end is None:
            end = len(text)
            for after in islice(_NEXT.finditer(text, place + 1), left):
                left -= 1
                if _end_of(text, after.end()) is not None and _is_item(text, after.end(), whole):
                    end = after.start()
                    break
            broken.append(text[place:end].strip())
        else:
            whole.append(text[place:end])
        after_item = _NEXT.match(text, end)
        if not after_item:
            break
        place = after_item.end()
    return whole, broken


def _skip(text: str, place: int) -> int:
    found = _FIRST.match(text, place)
    return found.end() if found else place


def _end_of(text: str, place: int) -> int | None:
    try:
        _value, end = _READER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None
    return end if _END.match(text, end) else None


def _is_item(text: str, place: int, whole: list[str]) -> bool:
    """Whether the object looks like the batch's other items, and not like one nested in a broken item."""
    value, _end = _READER.raw_decode(text, place)
    if not whole:
        return len(value) > 1
    like = _READER.raw_decode(whole[0])[0]
    return len(set(value) & set(like)) * 2 >= len(like)


__all__ = ["items_of"]
