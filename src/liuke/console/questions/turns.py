"""One question of a page at a time: of those that wait meanwhile only the newest is still wanted.

Somebody who types asks faster than a large bank is read. The browser drops what it no longer waits for, but the server
does not hear of it: without turns the questions nobody waits for would hold every engine.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Line:
    """The questions of one page: how many were asked, how many are here."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: int = 0
    here: int = 0


class Turns:
    """By page. Of this process only: another one has its own engines."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._guard = threading.Lock()

    @contextmanager
    def turn(self, page: str) -> Iterator[bool]:
        """Waits for the page's other question; whether this one is still the newest then. '' waits for nobody."""
        if not page:
            yield True
            return
        with self._guard:
            line = self._lines.setdefault(page, _Line())
            line.asked += 1
            line.here += 1
            mine = line.asked
        try:
            with line.lock:
                yield mine == line.asked
        finally:
            with self._guard:
                line.here -= 1
                if not line.here:
                    self._lines.pop(page, None)


TURNS = Turns()
