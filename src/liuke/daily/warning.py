"""The day's signals and the customer snapshot, computed once and stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis.expr.types as ir

from liuke.daily.scoring import Scores
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.churn.signals import read_warning_policy, signals
from liuke.insight.known import BankTables
from liuke.insight.snapshot import is_newest, snapshot
from liuke.tables import BALANCE_DAILY, CUSTOMER_SNAPSHOT, SIGNAL, TRANSACTION
from liuke.wiring import House

LATE_AFTER = timedelta(days=3)
"""A daily feed whose newest row is older than this is late: a long weekend passes, a broken feed does not."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Materialised SIGNAL and CUSTOMER_SNAPSHOT rows of the day for all living customers, and their counts.

    newest: no later day was run before, so what is kept for the last day only is this day's.
    """

    signals: ir.Table
    snapshot: ir.Table
    customers: int
    tiers: dict[str, int]
    late_feeds: tuple[str, ...]
    newest: bool


def warn_day(house: House, engine: Engine, tables: BankTables, scores: Scores | None = None) -> Warned:
    """Computes the day; stores the warned customers' signals and, unless a later day was run, the snapshot.

    scores: of the active model, which then says who is warned; the signals stand beside it. Without, they decide.

    Only warned customers' signals are kept: the others' can be computed again, and a row per customer and day
    would be the largest table of the lake.
    """
    day, lake = tables.as_of.day, house.lake
    found = engine.materialise(
        _judged(signals(tables, tables.as_of, read_warning_policy(house.policy("warning"))), scores)
    )
    people = engine.materialise(snapshot(tables, found))
    counts = _tiers(engine, people)
    if not counts:
        raise YourMistake(
            f"no customer is known as of {day}",
            state="nothing was written",
            then="load the customer table (liuke load), or choose a later day with --as-of",
        )
    warned = found.filter(found.tier != "none")
    lake.replace(SIGNAL, engine.batches(warned), where=f"as_of = '{day}'")
    newest = is_newest(lake, engine, day)
    if newest:
        lake.replace(CUSTOMER_SNAPSHOT, engine.batches(people))
    return Warned(
        found,
        people,
        sum(counts.values()),
        {tier: n for tier, n in sorted(counts.items()) if tier != "none"},
        _late(tables, engine),
        newest,
    )


def _judged(rows: ir.Table, scores: Scores | None) -> ir.Table:
    """The signals with the model's probability as score and its tier; who has no score has nothing to lose."""
    if scores is None:
        return rows
    found = scores.rows.select("customer_id", chance="probability", level="tier")
    joined = rows.left_join(found, "customer_id").drop("customer_id_right")
    told = joined.mutate(
        probability=joined.chance, score=joined.chance.fill_null(0.0), tier=joined.level.fill_null("none")
    )
    return told.select(*SIGNAL.names)


def _tiers(engine: Engine, people: ir.Table) -> dict[str, int]:
    rows = engine.arrow(people.group_by("tier").aggregate(n=lambda t: t.count())).to_pylist()
    return {row["tier"]: row["n"] for row in rows}


def _late(tables: BankTables, engine: Engine) -> tuple[str, ...]:
    feeds = {TRANSACTION.name: tables.transaction, BALANCE_DAILY.name: tables.balance_daily}
    last = {n: engine.arrow(t.aggregate(last=t.business_date.max())).to_pylist()[0]["last"] for n, t in feeds.items()}
    return tuple(name for name, day in last.items() if day is None or day < tables.as_of.day - LATE_AFTER)
