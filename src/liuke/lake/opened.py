"""Delta tables as this process has read them: opened once, then read on from there."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns
from typing import Final

from deltalake import DeltaTable

_SETTLED_NS: Final = 2_000_000_000
"""A log folder unchanged for so long is believed: file systems keep times in steps of some milliseconds, so that a
commit right after a look could bear the same time as what the look saw."""


@dataclass(slots=True)
class _Opened:
    """born: tells one life of the folder from the next. settled: the folder's time when nothing newer can hide
    behind it.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    delta: DeltaTable | None = None
    born: object = None
    settled: int | None = None


_tables: dict[str, _Opened] = {}


def opened(uri: str) -> DeltaTable:
    """The table at its current version. Raises FileNotFoundError, TableNotFoundError, OSError, DeltaError.

    All threads share it: a web server answers each request in a thread of its own, and opening anew reads the whole
    log, about 10 ms and more with every commit. Where the log's folder has not changed since the last look, nothing
    is read at all: a page asks some fifty times. A folder that was deleted and made again is another table. For
    reading; whoever changes the table opens one of his own.
    """
    log = Path(uri) / "_delta_log"
    known = _tables.setdefault(uri, _Opened())
    with known.lock:
        born, changed = _born(log), log.stat().st_mtime_ns
        if known.delta is None or known.born != born:
            known.delta, known.born = DeltaTable(uri), born
        elif known.settled != changed:
            known.delta.update_incremental()
        known.settled = changed if time_ns() - changed > _SETTLED_NS else None
        return known.delta


def _born(log: Path) -> object:
    """Tells one life of a table's folder from the next: its first commit, as long as the log still holds it."""
    try:
        first = (log / f"{0:020}.json").stat()
    except FileNotFoundError:
        log.stat()  # raises when there is no table at all
        return None
    return first.st_ino, first.st_mtime_ns


__all__ = ["opened"]
