"""A bank home opened for work: its settings, lake, engine and calendar."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from liuke.clock import AsOf, WorkCalendar, read_calendar
from liuke.engine import DuckEngine, Engine
from liuke.lake import Lake
from liuke.settings import BankSettings, read_settings


@dataclass(frozen=True, slots=True)
class House:
    """Everything a library call needs, picked from `liuke.yaml`. Holds no open resource itself."""

    home: Path
    settings: BankSettings
    lake: Lake
    calendar: WorkCalendar

    @property
    def zone(self) -> ZoneInfo:
        """The bank's time zone."""
        return self.settings.zone

    def as_of(self, day: date) -> AsOf:
        """The state of knowledge on the morning after `day`."""
        return AsOf.end_of(day, self.zone)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """A query engine for the length of a `with` block. One per thread."""
        wanted = self.settings.engine
        spill = self.home / wanted.spill if wanted.spill else None
        engine = DuckEngine(memory_limit_mb=wanted.memory_limit_mb, spill=spill, threads=wanted.threads)
        try:
            yield engine
        finally:
            engine.close()

    def policy(self, name: str) -> Path:
        """The path of `policies/<name>.yaml`."""
        return self.home / "policies" / f"{name}.yaml"


def find_home(named: Path | None) -> Path:
    """The bank home: the folder named, else LIUKE_HOME, else the current folder."""
    return (named or Path(os.environ.get("LIUKE_HOME", "."))).resolve()


def open_house(named: Path | None = None) -> House:
    """Opens the bank home; YourMistake when the folder is none or its files are wrong."""
    home = find_home(named)
    settings = read_settings(home)
    calendar = read_calendar(home / "calendar.csv", settings.zone)
    return House(home, settings, Lake(home / settings.lake), calendar)
