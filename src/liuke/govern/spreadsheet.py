"""Cells that a spreadsheet must not take for formulas (OWASP, «CSV injection»)."""

from __future__ import annotations

from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: Any) -> Any:
    """The cell as it is, and with an apostrophe before it where its text begins as a formula does."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
