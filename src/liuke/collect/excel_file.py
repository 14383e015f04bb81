"""Excel workbooks → Arrow batches of text columns, refused when they would unpack into far more than they weigh."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from liuke.errors import Place, YourMistake, did_you_mean

MAX_UNPACKED = 1 << 30
"""Bytes a workbook may unpack to; Excel's own limit of 1,048,576 rows with 20 columns stays below it."""
MAX_RATIO = 150
"""Unpacked / packed size beyond which one part is a bomb; real sheets compress about 5 to 40 times."""
_SMALL_PART = 10 << 20
_ROWS = 20_000


def read_excel(path: Path, sheet: str | None, header_line: int = 1) -> Iterator[pa.RecordBatch]:
    """Batches of text columns plus `_line` (the sheet's row number). Numbers lose a needless `.0`; dates are ISO.

    Raises YourMistake for a zip bomb, a file that is no workbook, an unknown sheet, or no header row.
    """
    refuse_bomb(path)
    rows = _numbered(_sheet(path, sheet))
    names: list[str] = []
    pending: list[list[str]] = []
    lines: list[int] = []
    for line, row in rows:
        if line < header_line or (not names and not any(row)):
            continue
        if not names:
            names = _names(path, line, row)
            continue
        if any(row):
            pending.append((row + [""] * len(names))[: len(names)])
            lines.append(line)
        if len(lines) >= _ROWS:
            yield _batch(names, pending, lines)
            pending, lines = [], []
    if not names:
        raise YourMistake(
            "the sheet has no rows",
            place=Place(str(path), column=sheet),
            expected="a header row",
            state="nothing was loaded",
            then="check `sheet` in the source's YAML",
        )
    yield _batch(names, pending, lines)


def refuse_bomb(path: Path) -> None:
    """Reads only the zip directory: YourMistake when the parts unpack beyond the limits."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    total = sum(p.file_size for p in parts)
    bomb = next(
        (p for p in parts if p.file_size > _SMALL_PART and p.file_size > MAX_RATIO * max(1, p.compress_size)), None
    )
    if total > MAX_UNPACKED or bomb is not None:
        raise YourMistake(
            f"the workbook would unpack from {path.stat().st_size:,} to {total:,} bytes; it was not opened",
            place=Place(str(path), column=bomb.filename if bomb else None),
            expected=f"at most {MAX_UNPACKED:,} bytes unpacked and {MAX_RATIO} times the packed size",
            state="nothing was loaded",
            then="deliver the data as CSV or Parquet, or find out where the file came from",
        )


def _sheet(path: Path, name: str | None) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        if name is not None and name not in names:
            raise YourMistake(
                f"the workbook has no sheet '{name}'; {did_you_mean(name, names)}",
                place=Place(str(path)),
                state="nothing was loaded",
                then="mend `sheet` in the source's YAML",
            )
        return book.get_sheet_by_name(name or names[0])
    except (CalamineError, OSError) as error:
        raise YourMistake(
            f"the file cannot be read as an Excel workbook: {error}",
            place=Place(str(path)),
            state="nothing was loaded",
            then="open it in Excel and save it again as .xlsx, without a password",
        ) from error


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(sheet.iter_rows(), start=1):
        yield line, [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _names(path: Path, line: int, row: list[str]) -> list[str]:
    names = [name.strip() or f"column_{i}" for i, name in enumerate(row, start=1)]
    repeated = next((n for n in names if names.count(n) > 1), None)
    if repeated:
        raise YourMistake(
            f"the header names '{repeated}' twice", place=Place(str(path), line), then="mend the header row"
        )
    return names


def _batch(names: list[str], rows: list[list[str]], lines: list[int]) -> pa.RecordBatch:
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(names))]
    return pa.record_batch([*columns, pa.array(lines, pa.int64())], [*names, "_line"])
