"""A CSV file about staff as numbered rows of fields: UTF-8 or GB 18030, columns by their English or Chinese name."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import Final

from liuke.errors import Finding, Said, coded, guess
from liuke.state.people_rows import COLUMNS, MAY_BE_EMPTY, Fields, Kind, mistake

MOST_BYTES: Final = 1_000_000
MOST_ROWS: Final = 5_000
_CHINESE: Final = {
    "工号": "staff_id", "起始日": "since", "终止日": "until", "代理人工号": "deputy_id", "网点": "branch_id",
    "日期": "day", "开始": "starts", "结束": "ends", "资质": "skill", "客户号": "customer_id",
}  # fmt: skip


def rows_of(kind: Kind, data: bytes, name: str) -> list[tuple[int | None, Fields]]:
    """The file's rows with their lines, full-width letters made narrow, blank rows left out. name: for messages.

    Raises YourMistake that names line and column, and what was expected there.
    """
    reader = csv.reader(io.StringIO(_decoded(data, name)))
    try:
        lines = [(reader.line_num, [unicodedata.normalize("NFKC", cell).strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise mistake(
            [Finding(coded("csv_broken", "the file is no CSV: {why}", why=error), reader.line_num)], name
        ) from error
    filled = [(line, cells) for line, cells in lines if any(cells)]
    if len(filled) < 2:
        raise mistake([Finding(coded("csv_empty", "the file has no rows below its header"), 1)], name)
    if len(filled) > MOST_ROWS + 1:
        raise mistake(
            [Finding(coded("csv_long", "the file has more than {most} rows", most=MOST_ROWS), MOST_ROWS)], name
        )
    (line, header), *rows = filled
    columns = _columns(kind, line, header, name)
    if ragged := [line for line, cells in rows if len(cells) != len(columns)]:
        said = coded("csv_ragged", "the row has another number of fields than the header ({n})", n=len(columns))
        raise mistake([Finding(said, line) for line in ragged[:20]], name)
    return [(line, dict(zip(columns, cells, strict=True))) for line, cells in rows]


def _decoded(data: bytes, name: str) -> str:
    if len(data) > MOST_BYTES:
        raise mistake([Finding(coded("csv_large", "the file is larger than {most} bytes", most=MOST_BYTES))], name)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise mistake([Finding(coded("csv_encoding", "the file is neither UTF-8 nor GB 18030"))], name)


def _columns(kind: Kind, line: int, header: list[str], name: str) -> list[str]:
    wanted, named = COLUMNS[kind], [_CHINESE.get(cell, cell) for cell in header]
    findings = [Finding(_unknown(cell, wanted), line, cell) for cell in named if cell not in wanted]
    missing = [each for each in wanted if each not in named and each not in MAY_BE_EMPTY[kind]]
    findings += [
        Finding(coded("csv_column", "the column '{name}' is missing", name=each), line, each) for each in missing
    ]
    twice = sorted({each for each in named if named.count(each) > 1})
    findings += [
        Finding(coded("csv_twice", "the column '{name}' is there twice", name=each), line, each) for each in twice
    ]
    if findings:
        raise mistake(findings, name)
    return named


def _unknown(cell: str, wanted: tuple[str, ...]) -> Said:
    return coded("csv_unknown", "there is no column '{name}'; {hint}", name=cell, **guess(cell, wanted))
