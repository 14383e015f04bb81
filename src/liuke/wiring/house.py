"""A bank home opened for work: its settings, lake, engine and calendar."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from liuke.clock import AsOf, WorkCalendar, read_calendar
from liuke.engine import DuckEngine, Engine, open_spark
from liuke.lake import Lake
from liuke.settings import BankSettings, EngineKind, EngineSettings, read_settings
from liuke.wiring.secret import pseudonym_key


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
        """A query engine for the length of a `with` block. One per thread.

        For what reads the whole bank. Loading and the console use `on("duckdb")`: files are checked in one pass in
        DuckDB's SQL, and a page cannot wait for a cluster.
        """
        engine = _engine(self.settings.engine, self.home)
        try:
            yield engine
        finally:
            engine.close()

    def on(self, kind: EngineKind) -> House:
        """The same house with another engine."""
        engine = self.settings.engine.model_copy(update={"kind": kind})
        return replace(self, settings=self.settings.model_copy(update={"engine": engine}))

    def pseudonym_key(self) -> str:
        """The bank's key of pseudonyms, made on first use."""
        return pseudonym_key(self.home)

    @property
    def models(self) -> Path:
        """The folder of trained models and their registry."""
        return self.home / "models"

    @property
    def clusters(self) -> Path:
        """The folder of fitted cluster models and their registry."""
        return self.home / "clusters"

    def policy(self, name: str) -> Path:
        """The path of `policies/<name>.yaml`."""
        return self.home / "policies" / f"{name}.yaml"


def _engine(wanted: EngineSettings, home: Path) -> Engine:
    spill = home / wanted.spill if wanted.spill else None
    if wanted.kind == "spark":
        return open_spark(
            master=wanted.spark.master, memory_limit_mb=wanted.memory_limit_mb, spill=spill, conf=wanted.spark.conf
        )
    return DuckEngine(memory_limit_mb=wanted.memory_limit_mb, spill=spill, threads=wanted.threads)


def find_home(named: Path | None) -> Path:
    """The bank home: the folder named, else LIUKE_HOME, else the current folder."""
    return (named or Path(os.environ.get("LIUKE_HOME", "."))).resolve()


def open_house(named: Path | None = None) -> House:
    """Opens the bank home; YourMistake when the folder is none or its files are wrong."""
    home = find_home(named)
    settings = read_settings(home)
    calendar = read_calendar(home / "calendar.csv", settings.zone)
    return House(home, settings, Lake(home / settings.lake), calendar)
