"""Audit rows of requests that come at the same time, in one transaction: a commit waits for the disk, rows do not.

Whoever finds nobody writing writes for all who wait; the others find their row written. Nobody goes on before the row
is on disk. Not to be used inside a transaction: rows of others would be rolled back with it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from liuke.govern.audit import AuditRecord
from liuke.state.audit import append_all


@dataclass(slots=True)
class _Waiting:
    record: AuditRecord
    done: bool = False
    error: BaseException | None = None


class Together:
    """The rows of one process. Several threads may write."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[_Waiting] = []

    def append(self, record: AuditRecord) -> None:
        """Returns when the row is written; raises what kept it from being."""
        mine = _Waiting(record)
        with self._gate:
            self._waiting.append(mine)
        with self._writing:
            if not mine.done:
                self._write()
        if mine.error is not None:
            raise mine.error

    def _write(self) -> None:
        with self._gate:
            batch, self._waiting = self._waiting, []
        try:
            append_all([each.record for each in batch])
        except BaseException as error:
            for each in batch:
                each.error = error
        finally:
            for each in batch:
                each.done = True


TOGETHER = Together()
"""That of this process."""
