"""Tables on disk: atomic, idempotent, shared by many processes. Delta Lake through delta-rs.

Every write is one Delta commit, so readers see all of it or nothing. A write carries a commit id; writing
the same id twice is a no-op (Delta application transactions).
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal
from zlib import crc32

import ibis.expr.types as ir
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from liuke.engine import Engine
from liuke.errors import Place, TryAgain
from liuke.lake.arrangement import GROUP_ROWS, rewrite
from liuke.lake.opened import opened
from liuke.tables import Table

_ROUNDS = 8
SMALL_FILES = 24
"""Compact a table once it has this many files: scans stay fast (docs/adr/0003)."""


@dataclass(frozen=True, slots=True)
class Lake:
    """The lake at `root`, a local folder. Holds no open files; safe to share between processes."""

    root: Path

    def append(self, table: Table, data: pa.Table | pa.RecordBatchReader, *, commit_id: str) -> bool:
        """Adds rows to `table` in one commit; returns False, writing nothing, when `commit_id` is already in.

        Raises TryAgain when other writers won every round.
        """
        with self._claim(table, commit_id):
            if self.committed(table, commit_id):
                return False
            self._append(table, data, commit_id)
        return True

    def _append(self, table: Table, data: pa.Table | pa.RecordBatchReader, commit_id: str) -> None:
        properties = CommitProperties(
            app_transactions=[Transaction(app_id=commit_id, version=1)], max_commit_retries=_ROUNDS
        )
        with self._clear_errors(table):
            write_deltalake(
                self._uri(table),
                data,
                mode="append",
                schema_mode=self._growth(table),
                writer_properties=_writing(table),
                commit_properties=properties,
            )

    def replace(self, table: Table, data: pa.Table | pa.RecordBatchReader, *, where: str | None = None) -> None:
        """Replaces, in one commit, the rows matching the SQL predicate `where` (all rows when None)."""
        predicate = where if DeltaTable.is_deltatable(self._uri(table)) else None
        properties = CommitProperties(max_commit_retries=_ROUNDS)
        # Not while a compaction swaps files: delta-rs does not notice two writers that remove the same one.
        with self._clear_errors(table), self._lock(f"{table.name}-rewrite", wait=True):
            write_deltalake(
                self._uri(table),
                data,
                mode="overwrite",
                schema_mode=self._growth(table),
                predicate=predicate,
                writer_properties=_writing(table),
                commit_properties=properties,
            )

    def _growth(self, table: Table) -> Literal["merge"] | None:
        """How a write treats the schema: a table made by an older release gains the columns it lacks.

        Only then: merging is a change of metadata, with which no other write of the moment can be reconciled.
        """
        delta = self._open(table)
        if delta is None or set(table.names) <= {field.name for field in delta.schema().fields}:
            return None
        return "merge"

    def committed(self, table: Table, commit_id: str) -> bool:
        """Whether a commit with this id is visible in `table`."""
        delta = self._open(table)
        return delta is not None and delta.transaction_version(commit_id) is not None

    def files(self, table: Table) -> list[str]:
        """The Parquet files of the current version; empty when the table does not exist yet."""
        delta = self._open(table)
        return delta.file_uris() if delta else []

    def version(self, table: Table) -> int | None:
        """The current version number; None when the table does not exist yet."""
        delta = self._open(table)
        return delta.version() if delta else None

    def scan(self, engine: Engine, table: Table) -> ir.Table:
        """A lazy table over the current version; empty, with the right schema, when it does not exist yet."""
        return engine.scan(self.files(table), table.arrow)

    def compact(self, table: Table, engine: Engine) -> int:
        """Rewrites small files into large ones when there are many; returns the files before.

        Tables that lead to a customer are kept in the order of lake/arrangement.py. One process at a time compacts
        a table; whoever comes meanwhile leaves it to the other. Appends and readers are not held up.
        """
        delta = self._open(table)
        count = len(delta.file_uris()) if delta else 0
        if delta is None or count <= SMALL_FILES:
            return count
        with self._lock(f"{table.name}-compact", wait=False) as mine, self._clear_errors(table):
            if not mine:
                return count
            delta = DeltaTable(self._uri(table))
            if not table.subject:
                delta.optimize.compact()
            elif not self._rearrange(delta, table, engine):
                return count
            delta.update_incremental()
            delta.create_checkpoint()
        return count

    def _rearrange(self, delta: DeltaTable, table: Table, engine: Engine) -> bool:
        """False, with nothing changed, when one of the files was replaced while they were rewritten."""
        fresh = rewrite(delta, table, engine)
        done = False
        try:
            with self._lock(f"{table.name}-rewrite", wait=True):
                delta.update_incremental()
                done = bool(fresh.written) and fresh.swap(delta)
        finally:
            if not done:
                fresh.drop()
        return done

    def _uri(self, table: Table) -> str:
        return str(self.root / table.name)

    def _open(self, table: Table) -> DeltaTable | None:
        """The table at its current version; None when it does not exist yet."""
        uri = self._uri(table)
        try:
            return opened(uri)
        except (FileNotFoundError, TableNotFoundError):
            return None
        except OSError as error:
            raise TryAgain(
                f"table '{table.name}' could not be read: {error.strerror or error}",
                place=Place(uri),
                state="nothing was changed",
                then="mend the lake folder or its permissions (`lake` in liuke.yaml), then run the same command again",
            ) from error
        except DeltaError as error:
            raise TryAgain(
                f"the log of table '{table.name}' is damaged: {str(error).splitlines()[0]}",
                place=Place(uri),
                state="nothing was changed",
                then="restore this folder from a backup, then run the same command again",
            ) from error

    @contextmanager
    def _claim(self, table: Table, commit_id: str) -> Iterator[None]:
        """Lets one process at a time write a commit id: delta-rs does not notice two that race with the same.

        The lock dies with its process, so a killed writer blocks nobody. Sixty-four files serve all ids.
        """
        with self._clear_errors(table):
            handle = self._lock_file(f"{table.name}-{crc32(commit_id.encode()) % 64}")
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _lock(self, name: str, *, wait: bool) -> Iterator[bool]:
        """Holds a lock of the lake; without `wait`, yields False when another process has it."""
        with self._lock_file(name) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def _lock_file(self, name: str) -> IO[str]:
        locks = self.root / "_locks"
        locks.mkdir(parents=True, exist_ok=True)
        return (locks / name).open("w")

    @contextmanager
    def _clear_errors(self, table: Table) -> Iterator[None]:
        """Says what a failed write leaves behind."""
        try:
            yield
        except CommitFailedError as error:
            raise TryAgain(
                f"other writers kept changing table '{table.name}': {error}",
                state="nothing of this write is visible",
                then="run the same command again; what was committed before is not repeated",
            ) from error
        except OSError as error:
            raise TryAgain(
                f"table '{table.name}' could not be written: {error}",
                state="nothing of this write is visible",
                then="free disk space or mend the permissions, then run the same command again",
            ) from error


def _writing(table: Table) -> WriterProperties:
    """Small row groups where queries about one customer read few of them."""
    return WriterProperties(max_row_group_size=GROUP_ROWS if table.subject else None, compression="SNAPPY")


__all__ = ["Lake"]
