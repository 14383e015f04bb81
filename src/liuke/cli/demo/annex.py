"""A second process for what may happen beside the load: a bank's source systems and desks do not wait in line."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from liuke.cli.demo.feeds import Feed, deliver
from liuke.wiring import House, open_house
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.cli.demo.desks import Call


class Annex:
    """The process; each method returns at once, the future tells when it is done."""

    def __init__(self, home: Path, pool: ProcessPoolExecutor) -> None:
        self._home, self._pool = home, pool

    def deliver(self, folder: Path, feed: Feed, *, day: date, backfill: bool) -> Future[dict[str, int]]:
        """Loads a feed, as feeds.deliver does."""
        return self._pool.submit(_deliver, self._home, folder, feed, day, backfill)

    def log(self, calls: list[Call]) -> Future[None]:
        """Logs calls on their orders, as desks.log_calls does."""
        return self._pool.submit(_log, calls)


@contextmanager
def annex(home: Path) -> Iterator[Annex]:
    """The process for the length of a `with` block."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=start_state, initargs=(home,)) as pool:
        yield Annex(home, pool)


@lru_cache(maxsize=1)
def _house(home: Path) -> House:
    return open_house(home)


def _deliver(home: Path, folder: Path, feed: Feed, day: date, backfill: bool) -> dict[str, int]:
    return deliver(_house(home), folder, feed, day=day, backfill=backfill)


def _log(calls: list[Call]) -> None:
    from liuke.cli.demo.desks import log_calls  # needs the state that `start_state` started

    log_calls(calls)
