"""The core feed of a bank home: its rules, its lake, its intake log."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, date, datetime

from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import FILE, read_collect
from liuke.streaming.core.feed import Bank, Fed, begin, feed
from liuke.streaming.core.heard import heard
from liuke.streaming.rules import read_given
from liuke.wiring import House


def collects(house: House) -> bool:
    """Whether the home has a `collect.yaml`: without one there is no intake log, and nobody to tell facts to."""
    return (house.home / FILE).is_file()


def feed_home(house: House, *, closes: date | None = None, log: IntakeLog | None = None) -> Fed:
    """Tells what is new in the lake; nothing where the home collects nothing. closes: see `feed`.

    log: that of the home, when it is open in this process already.
    """
    if not collects(house):
        return Fed()
    rules = read_given(house).rules.rules.values()
    with ExitStack() as open_:
        bank = _bank(house, open_, log)
        return feed(bank, heard(rules), datetime.now(UTC), closes)


def begin_home(house: House, since: datetime) -> None:
    """Begins the feed of a home that collects: what is known by `since` is history."""
    if not collects(house):
        return
    with ExitStack() as open_:
        begin(_bank(house, open_, None), since)


def _bank(house: House, open_: ExitStack, log: IntakeLog | None) -> Bank:
    if log is None:
        settings = read_collect(house.home)
        log = IntakeLog(house.home / settings.log.folder, settings.log)
        open_.callback(log.close)
    engine = open_.enter_context(house.on("duckdb").engine())
    return Bank(house.lake, engine, log, house.zone)
