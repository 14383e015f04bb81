"""Files of any format → lazy tables of source columns plus `_file_no` and `_line`, staged on disk where needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from pyarrow import parquet as pq

from liuke.collect.csv_file import BrokenLine, read_csv
from liuke.collect.excel_file import read_excel
from liuke.collect.files import resolve
from liuke.collect.mapping import FileInput
from liuke.collect.sensitive import c3_names
from liuke.engine import Engine
from liuke.errors import Place, YourMistake

BROKEN = pa.schema(
    [
        ("_file_no", pa.int64()),
        ("_line", pa.int64()),
        ("expected", pa.int64()),
        ("found", pa.int64()),
        ("text", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Raw:
    """Rows of one entry as delivered, and its lines that could not be split into columns."""

    rows: ir.Table
    broken: tuple[Path, ...]
    names: tuple[str, ...]


@dataclass(slots=True)
class Reader:
    """Reads the files of one load, each once per way of reading, staging text formats as Parquet in `folder`.

    file_names: position = `_file_no`. tick: called with bytes newly read and rows newly read.
    """

    engine: Engine
    base: Path
    folder: Path
    tick: Callable[[int, int], None]
    file_names: list[str] = field(default_factory=list)
    _seen: dict[str, Raw] = field(default_factory=dict)

    def read(self, entry: FileInput) -> Raw:
        """All rows an entry names, before `where`."""
        key = f"{entry.path}|{entry.rows}|{entry.kind}|{entry.csv}|{entry.sheet}"
        if key not in self._seen:
            self._seen[key] = self._inline(entry) if entry.rows is not None else self._files(entry)
        return self._seen[key]

    def _inline(self, entry: FileInput) -> Raw:
        rows = entry.rows or ()
        names = list(dict.fromkeys(n for row in rows for n in row))
        _refuse_c3_rows(names)
        columns = [pa.array([row.get(n) for row in rows], pa.string()) for n in names]
        lines = pa.array(range(1, len(rows) + 1), pa.int64())
        number = self._number("(rows in the mapping)")
        table = self.engine.from_arrow(pa.table([*columns, lines], names=[*names, "_line"]))
        return Raw(table.mutate(_file_no=ibis.literal(number).cast("int64")), (), tuple(names))

    def _files(self, entry: FileInput) -> Raw:
        parts = [self._file(path, entry) for path in resolve(entry, self.base)]
        first = parts[0].names
        for part in parts[1:]:
            absent = [n for n in first if n not in part.names]
            if absent:
                raise YourMistake(
                    f"files of one pattern differ: a later one has no column '{absent[0]}'",
                    place=Place(str(self.base / str(entry.path)), column=absent[0]),
                    state="nothing was loaded",
                    then="give files with different columns an entry of their own",
                )
        wanted = [*first, "_file_no", "_line"]
        rows = [p.rows.select(*wanted) for p in parts]
        return Raw(
            ibis.union(*rows, distinct=False) if len(rows) > 1 else rows[0],
            tuple(b for p in parts for b in p.broken),
            first,
        )

    def _file(self, path: Path, entry: FileInput) -> Raw:
        number = self._number(path.name)
        if entry.kind == "parquet":
            rows, broken = self._parquet(path), None
        else:
            batches = self._csv(path, entry) if entry.kind == "csv" else self._excel(path, entry)
            broken = self.folder / f"broken{number}.parquet"
            target = self.folder / f"raw{number}.parquet"
            if not _stage(batches, target, broken, number):
                broken = None
            rows = self.engine.from_parquet(str(target))
        names = tuple(n for n in rows.columns if n != "_line" and not c3_names([n]))
        rows = rows.select(*names, "_line").mutate(_file_no=ibis.literal(number).cast("int64"))
        return Raw(rows, (broken,) if broken else (), names)

    def _csv(self, path: Path, entry: FileInput) -> Iterator[tuple[pa.RecordBatch, list[BrokenLine]]]:
        done = 0
        for batch, broken, position in read_csv(path, entry.csv):
            self.tick(position - done, batch.num_rows)
            done = position
            yield batch, broken

    def _excel(self, path: Path, entry: FileInput) -> Iterator[tuple[pa.RecordBatch, list[BrokenLine]]]:
        for batch in read_excel(path, entry.sheet, entry.csv.skip_lines + 1):
            self.tick(0, batch.num_rows)
            yield batch, []
        self.tick(path.stat().st_size, 0)

    def _parquet(self, path: Path) -> ir.Table:
        try:
            rows = pq.read_metadata(path).num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise YourMistake(
                f"the Parquet file is damaged or cut short: {str(error).splitlines()[0]}",
                place=Place(str(path)),
                state="nothing was loaded",
                then="deliver the file again and run the same command",
            ) from error
        self.tick(path.stat().st_size, rows)
        return self.engine.numbered_parquet(str(path))

    def _number(self, name: str) -> int:
        self.file_names.append(name)
        return len(self.file_names) - 1


def _stage(
    batches: Iterator[tuple[pa.RecordBatch, list[BrokenLine]]], target: Path, broken_target: Path, number: int
) -> bool:
    """Writes batches to `target` (without C3 columns); returns whether any line was broken."""
    writer: pq.ParquetWriter | None = None
    broken_writer: pq.ParquetWriter | None = None
    try:
        for batch, broken in batches:
            kept = batch.drop_columns(c3_names(batch.schema.names))
            if writer is None:
                writer = pq.ParquetWriter(target, kept.schema, compression="lz4", write_statistics=False)
            if batch.num_rows:
                writer.write_batch(kept)
            if broken:
                broken_writer = broken_writer or pq.ParquetWriter(broken_target, BROKEN)
                rows = [(number, b.line, b.expected, b.found, b.text) for b in broken]
                broken_writer.write_table(pa.table(list(zip(*rows, strict=True)), schema=BROKEN))
    finally:
        for open_writer in (writer, broken_writer):
            if open_writer:
                open_writer.close()
    return broken_writer is not None


def _refuse_c3_rows(names: list[str]) -> None:
    refused = c3_names(names)
    if refused:
        raise YourMistake(
            f"'{refused[0]}' is C3 authentication data: it must never enter this platform",
            then="leave the column out of `rows`",
        )
