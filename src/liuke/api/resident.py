"""The newest day, held in memory by each process: read beside when something is newer, swapped in when whole."""

from __future__ import annotations

import atexit
import gc
import logging
import threading
import time
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connections
from django.utils import timezone

from liuke.act.gates.one_customer import READ
from liuke.api.day import Day, read_day, with_refusals
from liuke.api.gates_now import GatesNow
from liuke.api.problem import Problem
from liuke.errors import LiukeError, YourMistake
from liuke.state.models import ApiKeyRow, Run
from liuke.state.since import contacts_since, customers_since
from liuke.wiring import House, open_house

_log = logging.getLogger("liuke.api")
LOOK_EVERY: Final = 2.0
"""Seconds between looks whether there is something newer."""
_OVERLAP: Final = timedelta(seconds=5)
"""A transaction may end after a look that began later than its moment."""
Stamp = tuple[object, ...]


class Keeper:
    """Holds the newest day. Whoever comes first waits for it; later ones are made beside, and swapped in when whole."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._lock = threading.Lock()
        self._day: Day | None = None
        self._before: GatesNow | None = None
        self._stamp: Stamp = ()
        self._looked = 0.0
        self._heard = timezone.now()
        self._heard_of: Day | None = None

    def today(self) -> Day:
        """The newest day; Problem while no run has ended."""
        if self._day is None:
            with self._lock:
                self._look()
            if self._day is None:
                raise Problem("no_data")
        elif time.monotonic() - self._looked > LOOK_EVERY and self._lock.acquire(blocking=False):
            self._looked = time.monotonic()
            threading.Thread(target=self._look_beside, name="liuke-api-day", daemon=True).start()
        return self._day

    def _look_beside(self) -> None:
        try:
            self._look()
        except Exception as error:  # the day held goes on; the next look tries again
            _log.error("the day was not read: %s", type(error).__name__, exc_info=error)
        finally:
            connections.close_all()
            self._lock.release()

    def _look(self) -> None:
        """Reads the day when something is newer than what is held."""
        as_of = Run.objects.filter(status="done").order_by("-as_of").values_list("as_of", flat=True).first()
        finished = Run.objects.filter(status="done").order_by("-finished_at").values_list("finished_at", flat=True)
        served_on = timezone.localdate()
        versions = tuple(self.house.lake.version(table) for table in READ)
        stamp = (as_of, finished.first(), served_on, versions, _written(self.house))
        if as_of is not None and stamp != self._stamp:
            self._swap(self._read(as_of, served_on))
            self._stamp = stamp
            _leave_alone()
        self._hear()
        self._looked = time.monotonic()

    def _hear(self) -> None:
        """Asks the gates about those of whom the state database has news, before anybody asks about them."""
        day, now = self._day, timezone.now()
        if day is None:
            return
        since = self._heard if self._heard_of is day else day.known_by
        news = customers_since(since - _OVERLAP)
        fresh = ((day.candidates.of(who), contacts_since(who, day.known_by, day.sending)) for who in sorted(news))
        day.gates.ask_ahead(fresh, now)
        self._heard, self._heard_of = now, day

    def _read(self, as_of: date, served_on: date) -> Day:
        try:
            return read_day(self.house, as_of, served_on)
        except YourMistake as error:
            if self._day is None:
                raise
            _log.warning("the day was not read anew, but for refusals: %s", error.what)
            return with_refusals(self._day, self.house, served_on)

    def _swap(self, fresh: Day) -> None:
        """Gates two days back are closed: whoever began with them has long ended."""
        old, self._day = self._day, fresh
        if self._before is not None:
            self._before.close()
        self._before = old.gates if old else None


def _leave_alone() -> None:
    """A day is some million objects without a cycle: looking through them for cycles stops every thread for as long as
    fifty answers take.
    """
    gc.collect()
    gc.freeze()


def _written(house: House) -> tuple[int, int]:
    """How many files say what is offered and how it is weighed, and when the newest was written."""
    folders = ("offers", "policies", "tags", "segments")
    times = [path.stat().st_mtime_ns for folder in folders for path in (house.home / folder).glob("*.yaml")]
    return len(times), max(times, default=0)


def keeper() -> Keeper:
    """That of the bank home this process serves."""
    return _keeper_of(settings.HOME)


@cache
def _keeper_of(home: Path | None) -> Keeper:
    atexit.register(gc.unfreeze)  # or DuckDB complains on leaving that its objects were never freed
    return Keeper(open_house(home))


def warm() -> None:
    """Reads the day beside what else begins, where somebody has a key: the first question need not wait for it."""

    def read() -> None:
        try:
            if ApiKeyRow.objects.exists():
                keeper().today()
        except (Problem, LiukeError) as error:
            _log.warning("the day was not read: %s", error)
        finally:
            connections.close_all()

    threading.Thread(target=read, name="liuke-api-warm", daemon=True).start()
