"""The effect board: every source, branch and RM, the customers counted once, and the global hold-out's last word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir

from liuke.act.withheld import Withheld
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.track.outcomes import OutcomePolicy
from liuke.track.saved.cumulated import Step, cumulated
from liuke.track.saved.everybody import Everybody, everybody
from liuke.track.saved.overlap import Overlap, overlap
from liuke.track.saved.reading import Reading, read
from liuke.track.saved.shrinking import SMALL, GroupRow, group_rows
from liuke.track.saved.sources import KINDS, Source, source_of
from liuke.track.saved.sums import arms_of, group_sums, sums
from liuke.track.saved.units import Asked, Within, everyone, spending, units


@dataclass(frozen=True, slots=True)
class Terms:
    """What the board goes by. source: an experiment, None for all. held: how the global hold-out is drawn; None leaves
    its reading out. least: smaller groups hide.
    """

    asked: Asked
    loop_experiment: str
    outcome: OutcomePolicy
    source: str | None = None
    held: Withheld | None = None
    least: int = SMALL

    @property
    def worth(self) -> float:
        """Of a unit of AUM kept."""
        return self.asked.prices.worth


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source with its reading. spent: on all treatments of the period; None where a price is not known."""

    source: Source
    reading: Reading
    spent: float | None


@dataclass(frozen=True, slots=True)
class SavedBoard:
    """As of a day and period. main: of the chosen source, or, for all, each customer once with the first decision of
    any source. steps: the same over time. total: the sources' sum, small ones left out; None for a single source.
    spent: on everybody treated in the period, by the sources asked for.
    """

    terms: Terms
    main: Reading
    steps: tuple[Step, ...]
    sources: tuple[SourceRow, ...]
    branches: tuple[GroupRow, ...]
    staff: tuple[GroupRow, ...]
    total: Overlap | None
    everybody: Everybody | None
    spent: float | None

    @property
    def day(self) -> date:
        """As of which it stands."""
        return self.terms.asked.day

    @property
    def last_word(self) -> Reading:
        """The headline: the global hold-out's where there is one and all sources are asked for, else `main`."""
        return self.everybody.reading if self.everybody else self.main


def chosen(rows: ir.Table, source: str | None) -> ir.Table:
    """The units of the main reading: of one source, or every customer's first decision."""
    return rows.filter(rows.once) if source is None else rows.filter(rows.experiment == source)


def saved_board(
    engine: Engine,
    decisions: ir.Table,
    outcomes: ir.Table,
    tables: BankTables,
    terms: Terms,
    within: Within = everyone,
) -> SavedBoard:
    """Everything on the board. decisions, outcomes: DECISION and OUTCOME, whole; tables: the bank's as of the day.

    The decisions are read once and kept for the length of the call; what comes to Python are sums by source, branch, RM
    and month.
    """
    rows = engine.materialise(units(decisions, outcomes, terms.asked, within))
    try:
        sources = arms_of(engine, sums(rows, "experiment"), "experiment")
        mine = chosen(rows, terms.source)
        steps = cumulated(arms_of(engine, sums(mine, "entered"), "entered"), terms.worth)
        spent = _spending(engine, decisions, terms, within)
        readings = {experiment: read(arms, terms.worth) for experiment, arms in sources.items()}
        return SavedBoard(
            terms,
            steps[-1].so_far if steps else read({}, terms.worth),
            steps,
            _source_rows(readings, spent, terms),
            _groups(engine, mine, "branch_id", terms),
            _groups(engine, mine, "staff_id", terms),
            overlap(engine, rows, _large(readings, terms.least)) if terms.source is None else None,
            _everybody(engine, decisions, tables, terms, within),
            _spent(spent, terms.source),
        )
    finally:
        engine.release(rows)


def _large(readings: dict[str, Reading], least: int) -> dict[str, Reading]:
    """Those whose figures are shown: a sum with the others in it would tell theirs."""
    return {name: reading for name, reading in readings.items() if reading.smaller_arm >= least}


def _groups(engine: Engine, rows: ir.Table, column: str, terms: Terms) -> tuple[GroupRow, ...]:
    return group_rows(arms_of(engine, group_sums(rows, column), column), terms.worth, terms.least)


def _source_rows(readings: dict[str, Reading], spent: dict[str, float | None], terms: Terms) -> tuple[SourceRow, ...]:
    made = [
        SourceRow(source_of(name, terms.loop_experiment), reading, spent.get(name, 0.0))
        for name, reading in readings.items()
    ]
    return tuple(sorted(made, key=lambda row: (KINDS.index(row.source.kind), -row.reading.treated.decided,
                                               row.source.code)))  # fmt: skip


def _everybody(
    engine: Engine, decisions: ir.Table, tables: BankTables, terms: Terms, within: Within
) -> Everybody | None:
    if terms.held is None or not terms.held.share or terms.source is not None:
        return None
    since = _eve(engine, decisions, terms.asked.since)
    if since is None:
        return None
    return everybody(engine, tables, decisions, terms.outcome, terms.held, since, terms.worth, within)


def _eve(engine: Engine, decisions: ir.Table, since: date | None) -> date | None:
    """The day before the period's first decision could be made: the bank's first decision, or `since` if later."""
    first: date | None = engine.arrow(decisions.aggregate(day=decisions.as_of.min()))["day"][0].as_py()
    return max(first, since or first) - timedelta(days=1) if first else None


def _spending(engine: Engine, decisions: ir.Table, terms: Terms, within: Within) -> dict[str, float | None]:
    rows = engine.arrow(spending(decisions, terms.asked, within)).to_pylist()
    return {row["experiment"]: None if row["unpriced"] else row["spent"] for row in rows}


def _spent(by_source: dict[str, float | None], source: str | None) -> float | None:
    asked = list(by_source.values()) if source is None else [by_source.get(source, 0.0)]
    return None if None in asked else sum(amount for amount in asked if amount is not None)
