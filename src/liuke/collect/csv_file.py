"""Delimited text → Arrow batches of text columns with true line numbers, in a stream of bounded memory."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from liuke.collect.mapping import CsvOptions
from liuke.errors import Place, YourMistake

_BLOCK = 8 << 20
_SNIFF = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A row with the wrong number of fields. text: as in the file."""

    line: int
    expected: int
    found: int
    text: str


@dataclass(slots=True)
class _Lines:
    """Turns physical row numbers into lines: rows may span lines, and broken rows are not among the batches."""

    row: int
    """Number of the next physical row, as Arrow counts: 1 is the first row after the skipped lines."""
    extra: int = 0
    """Lines passed so far beyond one per row, the skipped lines included."""
    waiting: list[tuple[int, BrokenLine]] = field(default_factory=list)

    def number(self, spans: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], list[BrokenLine]]:
        """Lines of a batch's rows, whose values hold `spans` line feeds each, and the broken rows among them."""
        lines = np.empty(len(spans), np.int64)
        broken, at = [], 0
        while at < len(spans) or (self.waiting and self.waiting[0][0] == self.row):
            ahead = self.waiting[0][0] - self.row if self.waiting else len(spans) - at
            count = min(ahead, len(spans) - at)
            if count > 0:
                part = spans[at : at + count]
                before = np.cumsum(part) - part
                lines[at : at + count] = self.row + self.extra + np.arange(count) + before
                self.extra += int(part.sum())
                self.row += count
                at += count
                continue
            broken.append(self._take())
        return lines, broken

    def rest(self) -> list[BrokenLine]:
        """Broken rows after the last batch."""
        return [self._take() for _ in range(len(self.waiting))]

    def _take(self) -> BrokenLine:
        _, row = self.waiting.pop(0)
        placed = BrokenLine(self.row + self.extra, row.expected, row.found, row.text)
        self.row += 1
        self.extra += row.text.count("\n")
        return placed


def column_names(path: Path, options: CsvOptions) -> tuple[list[str], int]:
    """Names of the columns and the number of lines before the first row.

    Raises YourMistake for a repeated name or an encoding that is not the one stated.
    """
    _refuse_other_encoding(path, options)
    if not options.header:
        return list(options.names), options.skip_lines
    try:
        with path.open(encoding=options.encoding, newline="") as handle:
            for _ in range(options.skip_lines):
                handle.readline()
            reader = csv.reader(handle, delimiter=options.delimiter, quotechar=options.quote)
            found = [name.strip().lstrip("\ufeff").strip(options.quote) for name in next(reader, [])]
            lines = options.skip_lines + reader.line_num
    except UnicodeDecodeError as error:
        raise wrong_encoding(path, options) from error
    names = list(options.names) or [name or f"column_{i}" for i, name in enumerate(found, start=1)]
    repeated = next((n for n in names if names.count(n) > 1), None)
    if repeated is not None or not found:
        raise YourMistake(
            f"the header names '{repeated}' twice" if found else "the file has no header line",
            place=Place(str(path), options.skip_lines + 1),
            expected="one line with a name for each column",
            then="mend the header, or state `header: false` and `names`",
        )
    return names, lines


def read_csv(path: Path, options: CsvOptions) -> Iterator[tuple[pa.RecordBatch, list[BrokenLine], int]]:
    """Batches of text columns plus `_line`, the broken rows passed, and the bytes read so far.

    Lines are 1-based lines of the file, true also after quoted line feeds and broken rows. Blank lines are
    passed over. Raises YourMistake naming the line when bytes are not in the stated encoding.
    """
    names, before = column_names(path, options)
    lines = _Lines(row=1, extra=before)
    last: tuple[str | None, int] = (None, before + 1)
    with path.open("rb") as handle:
        try:
            for batch in _open(handle, names, before, options, lines):
                spans = _spans(batch)
                numbers, broken = lines.number(spans)
                numbered = batch.append_column("_line", pa.array(numbers))
                if batch.num_rows:
                    last = (batch.column(batch.num_columns - 1)[-1].as_py(), int(numbers[-1]))
                yield numbered.filter(_not_blank(batch)), broken, handle.tell()
        except UnicodeDecodeError as error:
            raise wrong_encoding(path, options) from error
        except pa.ArrowInvalid as error:
            raise _unreadable(path, options, lines, str(error)) from error
        rest = lines.rest()
        _refuse_open_quote(path, options, last, rest)
        yield pa.record_batch([pa.array([], pa.string())] * len(names) + [pa.array([], pa.int64())],
                              [*names, "_line"]), rest, handle.tell()  # fmt: skip


def _open(handle: object, names: list[str], skip: int, options: CsvOptions, lines: _Lines) -> Iterator[pa.RecordBatch]:
    def note(row: arrow_csv.InvalidRow) -> str:
        number = row.number - skip
        lines.waiting.append((number, BrokenLine(0, row.expected_columns, row.actual_columns, row.text)))
        return "skip"

    # One thread: only then does Arrow tell the numbers of broken rows.
    read = arrow_csv.ReadOptions(
        use_threads=False, block_size=_BLOCK, column_names=names, skip_rows=skip, encoding=options.encoding
    )
    parse = arrow_csv.ParseOptions(
        delimiter=options.delimiter, quote_char=options.quote, newlines_in_values=True,
        ignore_empty_lines=False, invalid_row_handler=note,
    )  # fmt: skip
    convert = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    try:
        yield from arrow_csv.open_csv(handle, read_options=read, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" not in str(error):
            raise


def _spans(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Line feeds inside the values of each row; scans text only, and counts only where some are."""
    total = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pc.any(pc.match_substring(column, "\n")).as_py():
            total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False).astype(np.int64)
    return total


def _not_blank(batch: pa.RecordBatch) -> pa.Array:
    """True for rows with some text."""
    blank = pc.equal(batch.column(0), "")
    for column in batch.columns[1:]:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, pc.equal(column, ""))
    return pc.invert(blank)


def _refuse_other_encoding(path: Path, options: CsvOptions) -> None:
    with path.open("rb") as handle:
        head = handle.read(_SNIFF)
    if head.startswith(_UTF16):
        raise YourMistake(
            "the file is UTF-16", place=Place(str(path)), expected=f"{options.encoding}, as the mapping states",
            state="nothing was loaded", then="export the file as UTF-8 or GBK",
        )  # fmt: skip
    if options.encoding != "utf-8" and not head.isascii() and _is_utf8(head):
        raise YourMistake(
            f"the file is stated to be {options.encoding} but its bytes are UTF-8",
            place=Place(str(path)),
            state="nothing was loaded; read as stated, every name would be garbled",
            then="write `encoding: utf-8` in the source's YAML",
        )


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True


def wrong_encoding(path: Path, options: CsvOptions) -> YourMistake:
    """The error for bytes that are not in the stated encoding, with the line of the first such byte."""
    line, bad = _first_bad_line(path, options.encoding)
    other = "gb18030" if options.encoding == "utf-8" else "utf-8"
    fits = _first_bad_line(path, other)[1] is None
    return YourMistake(
        f"the file is not {options.encoding}" + (f": byte 0x{bad:02x} cannot be read" if bad is not None else ""),
        place=Place(str(path), line),
        expected=f"{options.encoding}, as the mapping states",
        state="nothing was loaded",
        then=f"write `encoding: {other}` in the source's YAML: the whole file can be read that way"
        if fits
        else "export the file again in one encoding; it seems damaged or mixed",
    )


def _first_bad_line(path: Path, encoding: str) -> tuple[int, int | None]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as handle:
        for raw in handle:
            try:
                decoder.decode(raw)
            except UnicodeDecodeError as error:
                return line, error.object[error.start]
            line += 1
    return line, None


def _refuse_open_quote(path: Path, options: CsvOptions, last: tuple[str | None, int], rest: list[BrokenLine]) -> None:
    """Arrow takes a quote that is never closed as one value up to the end of the file; rows would be lost."""
    value, line = last
    if rest and rest[-1].text.count(options.quote) % 2:
        raise _open_quote(path, options, rest[-1].line)
    if value is not None and "\n" in value and not _ends_with(path, options.quote):
        raise _open_quote(path, options, line)


def _ends_with(path: Path, quote: str) -> bool:
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - 8))
        return handle.read().rstrip(b"\r\n ").endswith(quote.encode())


def _unreadable(path: Path, options: CsvOptions, lines: _Lines, text: str) -> YourMistake:
    if "UTF8" in text or "UTF-8" in text:
        return wrong_encoding(path, options)
    return _open_quote(path, options, lines.row + lines.extra)


def _open_quote(path: Path, options: CsvOptions, line: int) -> YourMistake:
    return YourMistake(
        "the rest of the file cannot be split into rows; a quote is likely opened and never closed",
        place=Place(str(path), line),
        expected=f"fields between {options.delimiter!r}, quoted by {options.quote!r}",
        state=f"rows before line {line} were readable; nothing was loaded",
        then="mend the quote at or after that line and run the command again",
    )
