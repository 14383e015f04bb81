"""The day's experiments: those due start before anything is decided, all are read when outcomes are known, and end by
their own rules.

Readings are appended and never rewritten, so that the interval over time is what was really said on those days. A
reading of a day long past comes to the same, because everything is read as it was known then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.known import BankTables, bank_tables
from liuke.insight.snapshot import is_newest
from liuke.lake import known
from liuke.state.actions.change_experiment import any_approved, finish_experiment, standings, start_due
from liuke.state.experiment_list import Listed, listed
from liuke.tables import CONTACT, DECISION, EXPERIMENT_READING
from liuke.track.experiments.catalogue import BankExperiments, Experiment, read_bank_experiments
from liuke.track.experiments.draw_units import drawable, drawn_units
from liuke.track.experiments.kept_readings import reading_rows
from liuke.track.experiments.measuring import planned_for
from liuke.track.experiments.planner import Planned
from liuke.track.experiments.reading import RegisteredReading, leak_rows, read_registered
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.stopping import stops_because
from liuke.track.experiments.units import Bank, entrants
from liuke.track.leakage import BYS, leaked_by
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class ExperimentDay:
    """What the day did. read: experiments and default plans; ended: codes with the rule that ended each. moved: codes
    of approved experiments that do not start, because their file says something else than was approved. mistakes: of
    files that cannot be read; what was frozen is read all the same.
    """

    started: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    read: int = 0
    ended: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()


def bank_as_of(house: House, engine: Engine, as_of: AsOf, tables: BankTables | None = None) -> Bank:
    """What a reading of the bank home reads, as known at `as_of`. tables: of the same moment, where there are some."""

    def at(moment: AsOf) -> BankTables:
        return bank_tables(house.lake, engine, moment, house.zone)

    contacts = known(house.lake.scan(engine, CONTACT), CONTACT, as_of)
    return Bank(as_of, house.lake.scan(engine, DECISION), contacts, tables or at(as_of), at)


def read_one(house: House, engine: Engine, line: Listed, day: date) -> RegisteredReading:
    """One experiment or default plan as of the data day. Raises YourMistake for a line that has not started."""
    if line.registration is None:
        raise not_started(line.code)
    bank = bank_as_of(house, engine, house.as_of(day))
    return read_registered(engine, bank, line.registration, line.version_now)


def reading_day(line: Listed, last_run: date) -> date:
    """The data day on which an experiment is read where nobody asks for another: that of its end, else the last run's.

    What is said of an experiment that is over is what was said on the day it ended.
    """
    ended = line.registration.ended_on if line.registration else None
    return min(ended, last_run) if ended else last_run


def plan_one(house: House, engine: Engine, experiment: Experiment, day: date) -> Planned:
    """The plan of an experiment from what is known on the data day; YourMistake where nothing is, nor assumed."""
    return planned_for(engine, bank_as_of(house, engine, house.as_of(day)), experiment)


def leaks_of(house: House, engine: Engine, line: Listed, day: date, by: str) -> list[dict[str, Any]]:
    """Contacted hold-outs as of the data day, grouped by `by` (leakage.BYS)."""
    if by not in BYS:
        raise YourMistake(f"leaks are not grouped by '{by}'", expected=f"one of {', '.join(BYS)}")
    if line.registration is None:
        raise not_started(line.code)
    bank = bank_as_of(house, engine, house.as_of(day))
    who = entrants(engine, bank, line.registration)
    return leaked_by(engine, leak_rows(bank, line.registration, who), by)


def not_started(code: str) -> YourMistake:
    """What is said of a reading of an experiment that has not started."""
    return YourMistake(
        coded("experiment_not_started", "the experiment '{name}' has not started", name=code),
        then="propose it, have it approved by a second person, and run the day",
    )


def clusters_for(house: House, engine: Engine, experiment: Experiment, as_of: AsOf) -> dict[str, str]:
    """Arms of the managers or branches that are drawn when the experiment starts; empty where customers are drawn."""
    units = drawable(engine, bank_as_of(house, engine, as_of).tables, experiment.spec)
    return drawn_units(units, experiment.code, experiment.shares["treated"]) if units else {}


def start_experiments(house: House, engine: Engine, as_of: AsOf) -> ExperimentDay:
    """Starts and freezes what is approved and due, before the day's decisions are made; nothing on an older day."""
    if not any_approved() or not is_newest(house.lake, engine, as_of.day):
        return ExperimentDay()
    bank, _ = _readable(house)
    started, moved = start_due(
        bank.experiments if bank else {}, as_of.day, as_of.known_by, lambda e: clusters_for(house, engine, e, as_of)
    )
    return ExperimentDay(started, moved)


def read_experiments(house: House, engine: Engine, tables: BankTables, begun: ExperimentDay) -> ExperimentDay:
    """Reads everything that runs, appends what is said, and ends what its own rule ends; safe to repeat."""
    bank, mistakes = _readable(house)
    as_of = tables.as_of
    data = bank_as_of(house, engine, as_of, tables)
    ended: list[str] = []
    running = tuple(_to_read(bank, engine, data))
    for code, registration, version_now in running:
        found = read_registered(engine, data, registration, version_now)
        keep_reading(house, found)
        because = stops_because(found) if registration.registered else None
        if because and finish_experiment(code, as_of.day, because, as_of.known_by):
            ended.append(f"{code}:{because}")
    return replace(begun, read=len(running), ended=tuple(ended), mistakes=mistakes)


def keep_reading(house: House, found: RegisteredReading) -> bool:
    """Appends the reading; False, writing nothing, when that day's is kept already."""
    rows = reading_rows(found)
    return house.lake.append(EXPERIMENT_READING, rows, commit_id=f"experiment:{found.registration.code}:{found.day}")


def _readable(house: House) -> tuple[BankExperiments | None, tuple[str, ...]]:
    """The experiments' files and their mistakes; None where policies or segments they need cannot be read."""
    try:
        bank = read_bank_experiments(house.home)
    except YourMistake as mistake:
        return None, (str(mistake),)
    return bank, tuple(str(mistake) for mistake in bank.mistakes.values())


def _to_read(
    bank: BankExperiments | None, engine: Engine, data: Bank
) -> Iterator[tuple[str, Registration, str | None]]:  # fmt: skip
    """What runs, and the default plans of the loop and of campaigns that have decided about somebody, each with the
    version of its file as it is now.
    """
    if bank is None:
        for code, standing in standings().items():
            if standing.stage == "running" and standing.registration:
                yield code, standing.registration, None
        return
    names = engine.arrow(data.decisions.select("experiment").distinct())["experiment"].to_pylist()
    for line in listed(bank):
        if line.registration is None:
            continue
        default = line.stage == "unregistered" and line.registration.experiment in names
        watched = line.registration.spec.source.kind in ("loop", "campaign")
        if line.stage == "running" or (default and watched):
            yield line.code, line.registration, line.version_now
