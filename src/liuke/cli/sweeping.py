"""What the clock alone does to work orders while `liuke serve` runs, a minute late at most."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import structlog

EVERY_SECONDS: Final = 60.0
_logger = structlog.get_logger()


@contextmanager
def sweeping(sweep: Callable[[datetime], int], every_seconds: float | None = None) -> Iterator[None]:
    """Calls `sweep(now)` in a thread until the end of the block; begin after `start_state`. None: EVERY_SECONDS.

    Several servers of one home may sweep at once: each order is changed by one of them.
    """
    stop, pause = threading.Event(), EVERY_SECONDS if every_seconds is None else every_seconds
    thread = threading.Thread(target=_sweep, args=(sweep, pause, stop), name="liuke-sweep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(pause)


def _sweep(sweep: Callable[[datetime], int], every_seconds: float, stop: threading.Event) -> None:
    from django.db import DatabaseError, connection

    while not stop.wait(every_seconds):
        try:
            if count := sweep(datetime.now(UTC)):
                _logger.info("by the clock", orders=count)
        except DatabaseError as error:  # busy or away: the next round finds the same orders
            _logger.warning("sweep_failed", kind=type(error).__name__)
        finally:
            connection.close()
