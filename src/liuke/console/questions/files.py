"""An answer as a file: its tables as CSV or as an Excel workbook, with who made it and when on every sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from liuke.govern.spreadsheet import inert

_NO_TITLE: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WIDEST: Final = 40


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: cells are texts and numbers; None for none."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def as_csv(sheets: Sequence[Sheet], mark: str) -> bytes:
    """All tables below one another, for Excel (UTF-8 with mark); the watermark is the first line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([inert(mark)])
    for sheet in sheets:
        writer.writerows([[], [inert(sheet.title)], [inert(cell) for cell in sheet.head]])
        writer.writerows([inert(cell) for cell in row] for row in sheet.rows)
    return ("\ufeff" + text.getvalue()).encode()


def as_excel(sheets: Sequence[Sheet], mark: str) -> bytes:
    """A sheet per table; the watermark is its first line, and its page's foot when it is printed."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.title.translate(_NO_TITLE)[:31])
        page.oddFooter.center.text = mark.replace("&", "+")
        page.freeze_panes = "A3"
        for n, width in enumerate(_widths(sheet), start=1):
            page.column_dimensions[chr(64 + n) if n < 27 else f"A{chr(38 + n)}"].width = width
        page.append([inert(mark)])
        page.append([_bold(page, cell) for cell in sheet.head])
        for row in sheet.rows:
            page.append([inert(cell) for cell in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _bold(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, inert(text))
    cell.font = Font(bold=True)
    return cell


def _widths(sheet: Sheet) -> list[int]:
    """In characters; Chinese ones are twice as wide."""
    lines = [sheet.head, *sheet.rows[:200]]
    longest = [max(sum(2 if ord(c) > 255 else 1 for c in str(line[n])) for line in lines if n < len(line))
               for n in range(len(sheet.head))]  # fmt: skip
    return [min(_WIDEST, width + 3) for width in longest]
