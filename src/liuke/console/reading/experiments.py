"""What the pages of experiments read: files, where each stands, its reading among the customers in scope, its plan."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar, cast

import ibis.expr.types as ir

from liuke.console.reading.lending import Reader, house
from liuke.console.reading.stamps import Stamps, stamps
from liuke.daily.experimenting import reading_day
from liuke.errors import YourMistake, coded
from liuke.govern.access import Scope, scoped
from liuke.lake import known
from liuke.state.actions.change_experiment import standing_of
from liuke.state.actions.change_experiment_text import ExperimentBench
from liuke.state.experiment_list import Listed, listed
from liuke.state.models import AuditEntry, ExperimentState
from liuke.tables import CONTACT, CONTRACTS, DECISION, EXPERIMENT_READING
from liuke.track.experiments.catalogue import BankExperiments, Experiment, bank_shelf, read_bank_experiments
from liuke.track.experiments.catalogue import Shelf as References
from liuke.track.experiments.draw_units import drawable, drawn_units
from liuke.track.experiments.kept_readings import Kept, newest_readings, said_so_far
from liuke.track.experiments.measuring import baseline_of, planned_for
from liuke.track.experiments.planner import Baseline, Planned
from liuke.track.experiments.reading import RegisteredReading, leak_rows, read_registered
from liuke.track.experiments.so_far import SoFar, so_far
from liuke.track.experiments.units import Bank, entrants
from liuke.track.leakage import leaked_by

T = TypeVar("T")
_READ: Final = ("campaigns", "offers", "segments", "tags", "triggers", "policies")
"""Folders that say what experiments may refer to."""
_KEPT: Final = 64
LEAKS_SHOWN: Final = 50
_WHOLE: Final = Scope("-", "analyst", None)
"""Plans are made for the whole bank, whoever asks."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every experiment and draw. mistake: why none can be told, then there are none. states: rows of those proposed."""

    bank: BankExperiments | None = None
    lines: Mapping[str, Listed] = field(default_factory=dict)
    states: Mapping[str, ExperimentState] = field(default_factory=dict)
    mistake: YourMistake | None = None


def shelf() -> Shelf:
    """The experiments as files and registry stand now."""
    states = {row.code: row for row in ExperimentState.objects.all()}
    try:
        bench = experiment_bench()
        bank = read_bank_experiments(bench.home, bench.shelf)
        standing = {code: standing_of(row) for code, row in states.items()}
        return Shelf(bank, {line.code: line for line in listed(bank, standing)}, states)
    except YourMistake as error:
        return Shelf(states=states, mistake=error)


def experiment_bench() -> ExperimentBench:
    """Where experiments' texts are changed, as the bank's files stand now."""
    home = house().home
    return ExperimentBench(home, _referred(home, stamps(home, _READ)))


@lru_cache(maxsize=2)
def _referred(home: Path, _changed: Stamps) -> References:
    return bank_shelf(home)


def bank_of(reader: Reader, scope: Scope, day: date) -> Bank:
    """What a reading reads: decisions about customers in scope, everything as known on the day."""
    as_of, here = reader.house.as_of(day), reader.house
    contacts = known(here.lake.scan(reader.engine, CONTACT), CONTACT, as_of)
    decisions = scoped(reader.kept(DECISION), scope)
    return Bank(as_of, decisions, contacts, reader.tables(day), lambda moment: reader.tables(moment.day))


def reading_of(reader: Reader, scope: Scope, line: Listed, day: date) -> RegisteredReading:
    """The reading of what has started, as of the day it ended or `day`; kept until data or files change.

    Who sees some branches gets the reading of their customers. Raises YourMistake for one that cannot be divided so:
    where managers, branches or periods were drawn.
    """
    registration = line.registration
    assert registration is not None
    check_divisible(scope, line)
    on = reading_day(line, day)
    key = ("reading", line.code, registration.version, registration.ended_on, line.version_now, on, scope.branches)
    return _once(reader, key, lambda: read_registered(reader.engine, bank_of(reader, scope, on), registration,
                                                      line.version_now))  # fmt: skip


def check_divisible(scope: Scope, line: Listed) -> None:
    """Raises YourMistake where a branch's customers are no experiment of their own."""
    if scope.branches is not None and line.spec and line.spec.is_clustered:
        raise YourMistake(
            coded("whole_bank_reading", "managers, branches or periods were drawn: it is read for the whole bank only"),
            state="nothing was read",
            then="ask somebody of the head office",
        )


def said_of(reader: Reader, code: str) -> tuple[Kept, ...]:
    """What was said of the experiment day by day; of the whole bank."""
    return said_so_far(reader.engine, reader.kept(EXPERIMENT_READING), code)


def newest(reader: Reader) -> dict[str, tuple[Kept, ...]]:
    """The newest kept reading of each; of the whole bank."""
    return newest_readings(reader.engine, reader.kept(EXPERIMENT_READING))


def counted(reader: Reader, scope: Scope, lines: Mapping[str, Listed], day: date) -> dict[str, SoFar]:
    """Customers in scope who entered, by code."""
    asked = {code: line.registration for code, line in lines.items() if line.registration}
    versions = tuple((code, r.version, r.ended_on) for code, r in asked.items())
    bank = bank_of(reader, scope, day)
    return _once(reader, ("so_far", versions, day, scope.branches),
                 lambda: so_far(reader.engine, bank.decisions, bank.contacts, asked, day))  # fmt: skip


def leaks_of(
    reader: Reader, scope: Scope, line: Listed, day: date, by: str, *, named: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """Contacted hold-outs in scope: grouped by `by` (leakage.BYS), and the newest contacts one by one, each with
    customer, day, channel and who made it; none of these unless `named`.
    """
    registration = line.registration
    assert registration is not None
    bank = bank_of(reader, scope, reading_day(line, day))
    who = entrants(reader.engine, bank, registration)
    rows = leak_rows(bank, registration, who)
    groups = leaked_by(reader.engine, rows, by, LEAKS_SHOWN)
    contacts = _newest_contacts(reader, rows) if named else []
    reader.engine.release(who.rows)
    return groups, contacts


def _newest_contacts(reader: Reader, rows: ir.Table) -> list[dict[str, Any]]:
    shown = rows.filter(rows.counts).order_by(rows.on_day.desc(), rows.contact_id).limit(LEAKS_SHOWN)
    names = ("customer_id", "entered_on", "on_day", "channel", "staff_id", "branch", "result")
    found: list[dict[str, Any]] = reader.engine.arrow(shown.select(*names)).to_pylist()
    return found


def plan_of(reader: Reader, experiment: Experiment, day: date) -> Planned:
    """Its plan from what is known on the day; YourMistake where nothing is, nor assumed."""
    bank = bank_of(reader, _WHOLE, day)
    return _once(reader, ("plan", experiment.version, day), lambda: planned_for(reader.engine, bank, experiment))


def baseline(reader: Reader, experiment: Experiment, day: date) -> Baseline:
    """What was measured on those who entered the source before, whatever the file assumes."""
    spec = experiment.spec.model_copy(update={"assumed": None})
    asked, bank = replace(experiment, spec=spec), bank_of(reader, _WHOLE, day)
    metrics = (spec.metrics.primary, spec.metrics.covariates, tuple(experiment.definitions.items()))
    key = ("baseline", spec.source.kind, spec.source.code, spec.unit, metrics, day)
    return _once(reader, key, lambda: baseline_of(reader.engine, bank, asked))


def clusters_of(reader: Reader, experiment: Experiment, day: date) -> dict[str, str]:
    """Arms of the managers or branches that are drawn when it starts; empty where customers are."""
    units = drawable(reader.engine, reader.tables(day), experiment.spec)
    return drawn_units(units, experiment.code, experiment.shares["treated"]) if units else {}


def next_day(day: date) -> date:
    """First data day whose entrants count for what is started now."""
    return day + timedelta(days=1)


def steps_taken(code: str) -> list[Any]:
    """What happened to the experiment, as the audit log has it, oldest first."""
    rows = AuditEntry.objects.filter(object_type="experiment", object_id=code).order_by("seq")
    return list(rows.values("at", "actor", "action", "reason"))


_answers: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def _once(reader: Reader, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """What `make` gives, made again only when a lake table it reads has a new version."""
    lake = reader.house.lake
    versions = tuple(lake.version(table) for table in (DECISION, *CONTRACTS.values()))
    whole = (str(reader.house.home), *key, versions)
    with _lock:
        if whole in _answers:
            _answers.move_to_end(whole)
            return cast(T, _answers[whole])
    made = make()
    with _lock:
        _answers[whole] = made
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return made
