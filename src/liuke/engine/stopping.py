"""Stopping what an engine does from another thread, and nothing of what it does later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from liuke.errors import Stopped

_AGAIN: Final = 0.05
"""Seconds. A query that is being planned when it is told to end has not heard of it; so it is told again."""


class Stopping:
    """Of one engine. interrupt: makes the query that runs now fail; harmless where none does."""

    def __init__(self, interrupt: Callable[[], None] = lambda: None) -> None:
        self._interrupt = interrupt
        self._streams: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._block: object | None = None
        self._stopped = False

    @contextmanager
    def block(self) -> Iterator[Callable[[], None]]:
        """See Engine.stoppable. A call that comes when the block is over does nothing."""
        mine, over = object(), threading.Event()
        self._block, self._stopped = mine, False

        def still_runs() -> bool:
            with self._lock:
                if self._block is not mine:
                    return False
                self._stopped = True
                for interrupt in (self._interrupt, *self._streams):
                    interrupt()
                return True

        def insist() -> None:
            while still_runs():
                over.wait(_AGAIN)

        def stop() -> None:
            if still_runs():
                threading.Thread(target=insist, daemon=True).start()

        try:
            yield stop
        finally:
            with self._lock:
                self._block, self._stopped = None, False
                self._streams.clear()
            over.set()

    def watch(self, interrupt: Callable[[], None]) -> None:
        """A query of the block runs on a connection of its own, which is interrupted too."""
        with self._lock:
            if self._block is not None:
                self._streams.append(interrupt)

    def watched(self, stream: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The stream, which ends with Stopped when the block it was begun in is stopped; outside of one, itself."""
        if self._block is None:
            return stream
        return pa.RecordBatchReader.from_batches(stream.schema, self._batches(stream))

    def _batches(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        while True:
            self.check()
            try:
                batch = stream.read_next_batch()
            except StopIteration:
                return
            except Exception:
                self.check()
                raise
            yield batch

    def check(self) -> None:
        """Raises Stopped in a block that was stopped."""
        if self._stopped:
            raise stopped()


def stopped() -> Stopped:
    """What is raised."""
    return Stopped("the question was stopped: nobody waits for its answer", then="ask again")
