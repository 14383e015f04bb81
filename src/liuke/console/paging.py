"""Where a page of a long list stands, for the line beneath it."""

from __future__ import annotations

from typing import Any


def place_of(number: int, size: int, shown: int, total: int | None = None, *, more: bool = False) -> dict[str, Any]:
    """Context of a page: number, first, last, previous, next, more, and total where it is known.

    number: from 1. size: rows of a full page; shown: of this one. more: whether there are further ones, where the total
    is not counted.
    """
    start = (number - 1) * size
    known = {} if total is None else {"total": total}
    return known | {
        "number": number,
        "first": start + 1 if shown else 0,
        "last": start + shown,
        "more": more if total is None else number * size < total,
        "previous": number - 1,
        "next": number + 1,
    }
