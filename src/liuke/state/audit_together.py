"""Audit rows of questions that come at the same time, in one transaction: a commit waits for the disk, rows do not.

Threads that answer from memory only note what they owe the log and are free for the next question; one more thread
writes what all of them owe. Threads that wait for the disk themselves would fight for the interpreter each time they
wake, which costs more than an answer. Whoever notes a row must not let the answer out before `Together.written`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar

from liuke.govern.audit import AuditRecord
from liuke.state.audit import append, append_all

_OWED: ContextVar[list[AuditRecord] | None] = ContextVar("owed", default=None)


@contextmanager
def owing() -> Iterator[list[AuditRecord]]:
    """Rows of `append_or_owe` inside the block, on this thread, go into the list: they are still to be written."""
    rows: list[AuditRecord] = []
    token = _OWED.set(rows)
    try:
        yield rows
    finally:
        _OWED.reset(token)


def append_or_owe(record: AuditRecord) -> None:
    """Notes the row inside `owing`; writes it at once elsewhere."""
    owed = _OWED.get()
    if owed is None:
        append(record)
    else:
        owed.append(record)


class Together:
    """Writes for all who wait on one event loop. after: called on the writing thread after each transaction."""

    def __init__(self, after: Callable[[], None]) -> None:
        self._after = after
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="liuke-audit")
        self._waiting: list[tuple[Sequence[AuditRecord], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def written(self, rows: Sequence[AuditRecord]) -> None:
        """Returns when the rows are on disk; raises what kept them from being."""
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, mine))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await mine

    async def _write(self) -> None:
        """Until nobody waits: those who come during a transaction share the next."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            rows = [row for owed, _ in batch for row in owed]
            error: Exception | None = None
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, rows)
            except Exception as told:
                error = told
            for _, waiting in batch:
                if waiting.done():  # who asked has gone meanwhile
                    continue
                if error is None:
                    waiting.set_result(None)
                else:
                    waiting.set_exception(error)

    def _commit(self, rows: Sequence[AuditRecord]) -> None:
        try:
            append_all(rows)
        finally:
            self._after()
