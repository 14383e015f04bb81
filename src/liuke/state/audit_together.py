"""Audit rows of requests that come at the same time, in one transaction: a commit waits for the disk, rows do not.

Whoever finds nobody writing writes for all who wait, then makes the one who has waited longest the next writer: on a
busy machine a lock would go to whoever runs just then, and others would wait for ever. Nobody goes on before the row is
on disk. Not to be used inside a transaction: rows of others would be rolled back with it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from liuke.govern.audit import AuditRecord
from liuke.state.audit import append_all


@dataclass(slots=True)
class _Waiting:
    record: AuditRecord
    turn: threading.Event = field(default_factory=threading.Event)
    writes: bool = False
    error: BaseException | None = None


class Together:
    """The rows of one process. Several threads may write."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._busy = False
        self._waiting: list[_Waiting] = []

    def append(self, record: AuditRecord) -> None:
        """Returns when the row is written; raises what kept it from being."""
        mine = _Waiting(record)
        with self._gate:
            self._waiting.append(mine)
            mine.writes, self._busy = not self._busy, True
        if not mine.writes:
            mine.turn.wait()
        if mine.writes:
            self._write()
        if mine.error is not None:
            raise mine.error

    def _write(self) -> None:
        """Writes for all who wait, the caller among them."""
        with self._gate:
            batch, self._waiting = self._waiting, []
        try:
            append_all([each.record for each in batch])
        except BaseException as error:
            for each in batch:
                each.error = error
        finally:
            self._hand_on()
            for each in batch:
                each.turn.set()

    def _hand_on(self) -> None:
        with self._gate:
            self._busy = bool(self._waiting)
            if self._waiting:
                self._waiting[0].writes = True
                self._waiting[0].turn.set()


TOGETHER = Together()
"""That of this process."""
