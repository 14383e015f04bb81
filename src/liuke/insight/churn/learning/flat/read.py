"""A file → rows as text columns or typed columns, bounded in number, in the file's order."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from liuke.collect.mapping import CsvOptions, FileInput
from liuke.collect.raw import Reader
from liuke.engine import Engine
from liuke.errors import Place, YourMistake

MAX_ROWS = 500_000
"""Rows read at most; of a longer table a random sample. More rows change the model less than the seed does."""
SNIFFED = 1 << 16
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class FlatTable:
    """rows: at most `MAX_ROWS`, columns as delivered. whole: how many rows the file has."""

    rows: pa.Table
    whole: int


def read_flat(engine: Engine, path: Path, folder: Path, *, seed: int = 0, limit: int = MAX_ROWS) -> FlatTable:
    """Reads CSV (UTF-8 or GB 18030, any usual delimiter), Parquet or Excel. folder: for staging, may be removed after.

    Raises YourMistake when the file is missing, empty, damaged, or has lines of the wrong number of fields. C3
    columns (passwords, CVV, biometrics) are left out, as everywhere.
    """
    if not path.is_file():
        raise YourMistake(
            "there is no such file",
            place=Place(str(path)),
            expected="a CSV, Parquet or Excel file with one row per customer",
            then="check the path given with --table",
        )
    entry = FileInput(path=path.name)
    if entry.kind == "csv":
        entry = FileInput(path=path.name, csv=sniffed(path))
    raw = Reader(engine, path.parent, folder, lambda _bytes, _rows: None).read(entry)
    _refuse_broken(engine, raw.broken, path)
    whole = engine.count(raw.rows)
    share = 1.0 if whole <= limit else limit / whole
    rng = np.random.default_rng(seed)
    parts = []
    for batch in engine.batches(raw.rows.order_by(["_file_no", "_line"]).select(*raw.names)):
        parts.append(batch if share == 1.0 else batch.filter(pa.array(rng.random(batch.num_rows) < share)))
    if not whole:
        raise YourMistake("the table has no rows", place=Place(str(path)), state="nothing was trained or written")
    return FlatTable(pa.Table.from_batches(parts), whole)


def sniffed(path: Path) -> CsvOptions:
    """Encoding and delimiter of a CSV file, from its first lines."""
    with path.open("rb") as handle:
        head = handle.read(SNIFFED)
    whole_lines = head[: head.rfind(b"\n") + 1] or head
    encoding = "utf-8" if _reads(whole_lines, "utf-8") else "gb18030"
    text = whole_lines.decode(encoding, errors="replace").lstrip("\ufeff")
    lines = text.splitlines()[:20]
    delimiter = max(DELIMITERS, key=lambda d: _evenness(lines, d))
    return CsvOptions.model_validate({"encoding": encoding, "delimiter": delimiter})


def _evenness(lines: list[str], delimiter: str) -> float:
    """Share of lines with as many fields as the header; 0 where it makes one field only."""
    counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    if not counts or counts[0] == 1:
        return 0.0
    return sum(count == counts[0] for count in counts) / len(counts)


def _reads(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_broken(engine: Engine, broken: tuple[Path, ...], path: Path) -> None:
    for staged in broken:
        first = engine.arrow(engine.from_parquet(str(staged)).order_by("_line").limit(1)).to_pylist()[0]
        raise YourMistake(
            f"a line has {first['found']} fields instead of {first['expected']}",
            place=Place(str(path), first["_line"]),
            expected="the same number of fields on every line",
            state="nothing was trained or written",
            then="mend the line (often a delimiter inside an unquoted text) and run the command again",
        )
