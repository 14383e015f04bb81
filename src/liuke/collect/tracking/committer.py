"""Group commit: requests that arrive while a transaction is written share the next one."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from liuke.collect.tracking.event import Taken
from liuke.collect.tracking.log import IntakeLog, LogFull, Stored
from liuke.collect.tracking.status import BEAT_SECONDS, beat

_MOST: Final = 256
"""Requests in one transaction."""
_SWEEP_SECONDS: Final = 5.0
_logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Waiting:
    taken: Taken
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Stored]


class Committer:
    """One thread that writes; event loops wait for it. queue: requests that may wait before others are refused."""

    def __init__(self, log: IntakeLog, *, waiting: int = 2000) -> None:
        self._log = log
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(waiting)
        self._thread = threading.Thread(target=self._run, name="liuke-intake", daemon=True)
        self._synced = self._swept = time.monotonic()
        self._told = -BEAT_SECONDS
        self._thread.start()

    async def put(self, taken: Taken) -> Stored:
        """Returns when the batch is on disk. Raises LogFull when it is not and will not be."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(taken, loop, loop.create_future())
        try:
            self._queue.put_nowait(waiting)
        except queue.Full as error:
            what = "more requests wait than the disk takes"
            raise LogFull(what, folder=self._log.folder, then="see how busy the disk is", retry_after=2) from error
        return await waiting.done

    def close(self) -> None:
        """Writes what waits and stops."""
        self._queue.put(None)
        self._thread.join()
        with suppress(LogFull):
            beat(self._log, "collector", time.time_ns() // 1000, ended=True)

    def _run(self) -> None:
        settings = self._log.settings
        gather = settings.gather_ms / 1000
        nap = min(1.0, settings.interval_ms / 1000) if settings.fsync == "interval" else 1.0
        while True:
            try:
                first = self._queue.get(timeout=nap)
            except queue.Empty:
                self._tidy()
                continue
            if gather and first is not None:
                time.sleep(gather)
            group, last = [first] if first else [], first is None
            while len(group) < _MOST and not last:
                try:
                    each = self._queue.get_nowait()
                except queue.Empty:
                    break
                last = each is None
                group += [each] if each else []
            if group:
                self._commit(group)
            if last:
                return
            self._tidy()

    def _commit(self, group: list[_Waiting]) -> None:
        try:
            stored = self._log.append_all([w.taken for w in group], time.time_ns() // 1000)
        except Exception as error:
            if not isinstance(error, LogFull):
                _logger.error("intake", kind=type(error).__name__)
            for waiting in group:
                _tell(waiting, error)
            return
        for waiting, each in zip(group, stored, strict=True):
            _tell(waiting, each)

    def _tidy(self) -> None:
        """Now and then: what `interval` left in memory goes to disk, and what nobody needs goes; a beat."""
        now = time.monotonic()
        settings = self._log.settings
        try:
            if settings.fsync == "interval" and now - self._synced >= settings.interval_ms / 1000:
                self._log.flush()
                self._synced = now
            if now - self._swept >= _SWEEP_SECONDS and self._log.sweep(time.time_ns() // 1000) == 0:
                self._swept = now
            if now - self._told >= BEAT_SECONDS:
                self._told = now
                beat(self._log, "collector", time.time_ns() // 1000)
        except LogFull as error:
            _logger.error("intake_sweep", what=error.what)
            self._swept = now


def _tell(waiting: _Waiting, outcome: Stored | Exception) -> None:
    def settle() -> None:
        if waiting.done.cancelled():
            return
        if isinstance(outcome, Exception):
            waiting.done.set_exception(outcome)
        else:
            waiting.done.set_result(outcome)

    try:
        waiting.loop.call_soon_threadsafe(settle)
    except RuntimeError:  # the loop is closed: nobody waits any more
        return


__all__ = ["Committer"]
