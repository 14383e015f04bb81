"""A second process for the load: tomorrow's files arrive while today's batch runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from liuke.cli.demo.feeds import FEEDS, deliver
from liuke.cli.logs import configure_logs
from liuke.wiring import House, open_house


class Annex:
    """The process; calls return at once, the future tells when the files are in the lake."""

    def __init__(self, home: Path, pool: ProcessPoolExecutor) -> None:
        self._home, self._pool = home, pool

    def deliver(self, folder: Path, day: date, *, backfill: bool) -> Future[dict[str, int]]:
        """Loads every feed under `folder`, then removes the folder; rows accepted per table."""
        return self._pool.submit(_deliver, self._home, folder, day, backfill)


@contextmanager
def annex(house: House) -> Iterator[Annex]:
    """The process for the length of a `with` block."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_quietly) as pool:
        yield Annex(house.home, pool)


def _quietly() -> None:
    configure_logs(verbose=False)


def _deliver(home: Path, folder: Path, day: date, backfill: bool) -> dict[str, int]:
    house, rows = open_house(home), dict[str, int]()
    for feed in FEEDS:
        rows |= deliver(house, folder, feed, day=day, backfill=backfill)
    shutil.rmtree(folder)
    return rows
