"""The order in which a table's rows lie on disk: stretch by stretch of time, within one by customer or account.

Tables asked about everybody lie by name first (`Table.grouped_by`): a question about one kind of event then reads
only its rows, and finds those of a customer together.

Appends are ordered in stretches of two million rows as they come, so that a backfill of any size needs no sort of
its own on disk; compaction orders the small files of a month together.

A query about one customer then opens one row group a month, one about a window of days only its months. Parquet
keeps the smallest and largest value of every row group, which is all an engine needs to leave the others unread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable
from deltalake._internal import RemoveAction
from deltalake.transaction import AddAction

from liuke.engine import Engine
from liuke.tables import Table

GROUP_ROWS = 32_768
"""Rows of a row group. Measured on 50 million transactions: 32k answers about one customer fastest without
making whole scans slower (benchmarks/profile.py, benchmarks/daily.py)."""
LARGE_FILE = 96 << 20
"""Bytes from which a file is left as it is; smaller ones of the same month are merged."""


STRETCH_ROWS = 2_097_152
"""Rows ordered together in an append: some 300 MB of a wide table."""


def in_stretches(stream: Iterator[pa.RecordBatch], table: Table, rows: int = STRETCH_ROWS) -> Iterator[pa.RecordBatch]:
    """The same rows, each `rows` of them ordered by customer or account; equal ones as they come."""
    if not table.subject:
        yield from stream
        return
    kept: list[pa.RecordBatch] = []
    for batch in stream:
        kept.append(batch)
        if sum(each.num_rows for each in kept) >= rows:
            yield from _by_subject(kept, (table.subject, *table.then_by))
            kept = []
    if kept:
        yield from _by_subject(kept, (table.subject, *table.then_by))


def _by_subject(batches: list[pa.RecordBatch], columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    whole = pa.Table.from_batches(batches).combine_chunks()
    if not whole.num_rows:
        return
    ranks = pa.table({name: _ranks(whole[name]) for name in columns})
    keys = [(name, "ascending") for name in columns]
    order = pc.sort_indices(ranks, keys) if len(keys) > 1 else pc.array_sort_indices(ranks[0].combine_chunks())
    yield from whole.take(order).to_batches(max_chunksize=4 * GROUP_ROWS)


def _ranks(values: pa.ChunkedArray) -> pa.Array:
    """Where each value stands among the distinct ones; null for null. Texts are compared once per distinct value, not
    once per row: five times as fast.
    """
    codes = values.combine_chunks().dictionary_encode()
    return pc.rank(codes.dictionary, tiebreaker="dense").take(codes.indices)


def arranged(rows: ir.Table, table: Table) -> ir.Table:
    """`rows` in the table's order on disk; as they come for tables that lead to no customer."""
    return rows.order_by(_order(rows, table)) if table.subject else rows


def _order(rows: ir.Table, table: Table) -> list[ir.Column]:
    subject = [rows[name] for name in (*table.grouped_by, table.subject, *table.then_by) if name]
    if "business_date" in rows.columns:
        day = rows.business_date
        return [(day.year() * 12 + day.month()).name("_month"), *subject]
    return [*([rows.as_of] if "as_of" in rows.columns else []), *subject]


@dataclass(frozen=True, slots=True)
class _File:
    """A data file of the current version. month: of its latest row; None for tables without dates."""

    path: str
    size: int
    month: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Files written in order, not part of the table yet, and the files they stand for."""

    root: Path
    written: tuple[AddAction, ...]
    replaced: tuple[_File, ...]

    def swap(self, delta: DeltaTable) -> bool:
        """Puts the new files in place of the old ones in one commit that changes no row.

        delta: the table at its newest version, with every other rewriting of it held off: delta-rs does not notice
        two that remove the same file. Returns False, with nothing changed, when one of the files is gone.
        """
        here = set(pa.table(delta.get_add_actions(flatten=True))["path"].to_pylist())
        if not {file.path for file in self.replaced} <= here:
            return False
        now = int(time() * 1000)
        gone = [RemoveAction(file.path, False, now, file.size) for file in self.replaced]
        once = CommitProperties(max_commit_retries=8)
        delta.create_write_transaction([*self.written, *gone], "append", delta.schema(), commit_properties=once)
        return True

    def drop(self) -> None:
        """Removes the new files."""
        for made in self.written:
            with suppress(OSError):
                (self.root / made.path).unlink()


def rewrite(delta: DeltaTable, table: Table, engine: Engine) -> Rewriting:
    """Writes the small files of each month as one, in order; nothing is visible before `swap`."""
    merged = [files for files in _by_month(delta, table).values() if len(files) > 1]
    names = {field.name for field in delta.schema().fields}
    schema = pa.schema([field for field in table.arrow if field.name in names])
    root = Path(delta.table_uri.removeprefix("file://"))
    made: list[AddAction] = []
    try:
        for files in merged:
            rows = engine.scan([str(root / file.path) for file in files], schema)
            made.append(_write(root, arranged(rows, table), schema, engine))
    except BaseException:
        Rewriting(root, tuple(made), ()).drop()
        raise
    return Rewriting(root, tuple(made), tuple(file for files in merged for file in files))


def _by_month(delta: DeltaTable, table: Table) -> Mapping[tuple[int, int] | None, list[_File]]:
    """Small files by the month of their latest row."""
    days = "business_date" if "business_date" in table.names else "as_of" if "as_of" in table.names else None
    actions = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    found: dict[tuple[int, int] | None, list[_File]] = {}
    for action in actions:
        last = action.get(f"max.{days}")
        month = (last.year, last.month) if isinstance(last, date) else None
        if action["size_bytes"] < LARGE_FILE:
            found.setdefault(month, []).append(_File(action["path"], action["size_bytes"], month))
    return found


def _write(root: Path, rows: ir.Table, schema: pa.Schema, engine: Engine) -> AddAction:
    """One Parquet file with the rows in their order, not part of the table until it is committed."""
    path = root / f"arranged-{uuid4().hex}.parquet"
    try:
        with pq.ParquetWriter(path, schema, compression="snappy") as writer:
            for batch in _groups(engine.batches(rows, GROUP_ROWS), schema):
                writer.write_table(batch, row_group_size=GROUP_ROWS)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return AddAction(path.name, path.stat().st_size, {}, int(time() * 1000), False, _statistics(path, schema))


def _groups(stream: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.Table]:
    """The stream cut into pieces of a few row groups each; engines send batches of any size."""
    kept: list[pa.RecordBatch] = []
    rows = 0
    for batch in stream:
        kept.append(batch.cast(schema))
        rows += batch.num_rows
        if rows >= 4 * GROUP_ROWS:
            whole = pa.Table.from_batches(kept, schema)
            full = rows - rows % GROUP_ROWS
            yield whole.slice(0, full)
            kept, rows = whole.slice(full).to_batches(), rows - full
    if rows:
        yield pa.Table.from_batches(kept, schema)


def _statistics(path: Path, schema: pa.Schema) -> str:
    """The statistics a Delta log keeps with a file: rows, and the span of each date and text column."""
    footer = pq.read_metadata(path)
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    for place, field in enumerate(schema):
        if not (pa.types.is_date(field.type) or pa.types.is_string(field.type)):
            continue
        found = [footer.row_group(i).column(place).statistics for i in range(footer.num_row_groups)]
        if all(each is not None and each.has_min_max for each in found):
            low[field.name], high[field.name] = min(e.min for e in found), max(e.max for e in found)
    shown = {"numRecords": footer.num_rows, "minValues": low, "maxValues": high, "nullCount": {}}
    return json.dumps(shown, default=str, ensure_ascii=False)


__all__ = ["GROUP_ROWS", "Rewriting", "arranged", "in_stretches", "rewrite"]
