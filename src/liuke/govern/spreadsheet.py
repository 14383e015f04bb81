"""Cells that a spreadsheet must not take for formulas (OWASP, «CSV injection»).

Excel and WPS take =, +, -, @, a tab or a line break in front for the beginning of a formula. Full-width forms and
blanks before them count too, since some spreadsheets normalise what they read.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n")
_BREAKS: Final = ("\t", "\r", "\n")


def inert(cell: Any) -> Any:
    """The cell as it is, and with an apostrophe before it where its text begins as a formula does."""
    if not isinstance(cell, str):
        return cell
    first = unicodedata.normalize("NFKC", cell[:8]).lstrip("\ufeff\u200b ")
    return f"'{cell}" if cell.startswith(_BREAKS) or first.startswith(_FORMULA) else cell
