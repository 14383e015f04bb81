"""One question of a page at a time: of those that wait meanwhile only the newest is still wanted, and what runs stops.

Somebody who types asks faster than a large bank is read. The browser drops what it no longer waits for, but the server
does not hear of it: without turns the questions nobody waits for would hold every engine. Who leaves the page says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Stop = Callable[[], None]


@dataclass(slots=True)
class _Line:
    """The questions of one page: how many were asked, how many are here, and what stops the one that runs."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: int = 0
    here: int = 0
    stop: Stop | None = None


class Turns:
    """By page. Of this process only: another one has its own engines."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._guard = threading.Lock()
        self._mine: ContextVar[tuple[_Line, int] | None] = ContextVar("turn", default=None)

    @contextmanager
    def turn(self, page: str) -> Iterator[bool]:
        """Stops the page's other question and waits for its end; whether this one is still the newest then.

        '' waits for nobody.
        """
        if not page:
            yield True
            return
        with self._guard:
            line = self._lines.setdefault(page, _Line())
            line.asked += 1
            line.here += 1
            mine = line.asked
            _stop(line)
        try:
            with line.lock:
                before = self._mine.set((line, mine))
                try:
                    yield mine == line.asked
                finally:
                    self._mine.reset(before)
        finally:
            with self._guard:
                line.here -= 1
                if not line.here:
                    self._lines.pop(page, None)

    @contextmanager
    def running(self, stop: Stop) -> Iterator[None]:
        """Within a turn: `stop` is called as soon as a newer question comes, at once where one has."""
        mine = self._mine.get()
        if mine is None:
            yield
            return
        line, number = mine
        with self._guard:
            line.stop = stop
            if number != line.asked:
                _stop(line)
        try:
            yield
        finally:
            with self._guard:
                line.stop = None

    def leave(self, page: str) -> None:
        """Nobody waits for any question of the page."""
        with self._guard:
            if line := self._lines.get(page):
                line.asked += 1
                _stop(line)


def _stop(line: _Line) -> None:
    if line.stop:
        line.stop()


TURNS = Turns()
