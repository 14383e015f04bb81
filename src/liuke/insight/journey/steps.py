"""Facts of a journey put into cases, in order: what belongs to which case, when it began and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.journey.facts import REJECTED, SUCCESS, WITHDRAWN, journey_facts
from liuke.insight.journey.spec import JourneyFile

MICROSECOND: Final = timedelta(microseconds=1)
WAITING: Final = "waiting"
ABANDONED: Final = "abandoned"
ENDS: Final = ("success", "rejected", "withdrawn", ABANDONED, WAITING)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read. facts: all facts, in order and in cases; release it. days: first and last day that was read."""

    facts: ir.Table
    days: tuple[date, date]


def seen_facts(engine: Engine, population: Population, spec: JourneyFile, period: Period) -> Seen:
    """Facts from so long before the period as a case may be silent, or typing in again looks back, to the as-of day.

    As `journey_facts`, with n: the fact's number among those of the customer; case: null where it belongs to none;
    entry: the number of the case's first enter fact, null without one; since: the moment of the case's first fact.

    With `case` in the journey, a fact without a value belongs to the case of the customer's fact before. Without it a
    case ends with an outcome, or where nothing happens for longer than `quiet`.
    """
    back = max(spec.lasts, spec.rekeying.lasts if spec.rekeying else timedelta())
    days = (period.first - back - timedelta(days=1), population.data.day)
    rows = engine.layer(journey_facts(engine, population, spec, days))
    rows = engine.layer(_keyed(engine, rows) if spec.case else _silent(engine, rows, spec.lasts))
    case = ibis.window(group_by=["who", "case"])
    return Seen(
        engine.materialise(
            rows.mutate(
                entry=ibis.ifelse(rows.enters, rows.n, ibis.null("int64")).min().over(case),
                since=rows["at"].min().over(case),
            )
        ),
        days,
    )


def _order(rows: ir.Table) -> list[ir.Value]:
    """Complete: facts that are equal in all of it are equal for every reading."""
    return [rows["at"], rows.low, rows.channel.fill_null(""), rows["name"].fill_null(""), rows.key.fill_null("")]


def _keyed(engine: Engine, rows: ir.Table) -> ir.Table:
    order = _order(rows)
    numbered = engine.layer(
        rows.mutate(
            n=ibis.row_number().over(ibis.window(group_by="who", order_by=order)).cast("int64"),
            keys=rows.key.count().over(ibis.cumulative_window(group_by="who", order_by=order)),
        )
    )
    # Facts without a key stand in one group with the last that has one. Ibis' last() keeps nulls on DuckDB.
    carried = numbered.key.max().over(ibis.window(group_by=["who", "keys"]))
    return numbered.mutate(case=ibis.ifelse(numbered["keys"] > 0, carried, ibis.null("string"))).drop("keys")


def _silent(engine: Engine, rows: ir.Table, quiet: timedelta) -> ir.Table:
    line = ibis.window(group_by="who", order_by=_order(rows))
    numbered = engine.layer(
        rows.mutate(
            n=ibis.row_number().over(line).cast("int64"),
            before=rows["at"].lag().over(line),
            ended=rows.outcome.lag().over(line),
        )
    )
    silence = numbered["at"].delta(numbered.before, unit="microsecond")
    begins = (silence > quiet // MICROSECOND).fill_null(True) | (numbered.ended > 0).fill_null(True)
    marked = engine.layer(numbered.mutate(begins=begins.cast("int64")).drop("before", "ended"))
    number = marked.begins.sum().over(ibis.cumulative_window(group_by="who", order_by="n"))
    return marked.mutate(case=number.cast("int64").cast("string")).drop("begins")


def case_steps(engine: Engine, facts: ir.Table, population: Population, spec: JourneyFile, period: Period) -> ir.Table:
    """The facts of the cases that entered in the period, from the enter fact on; release it after use.

    who, case, n, at, name, channel, own, touch, stage, failed, fields, status; next_at: of the case's next fact, null
    for the last one and for what ends it; over: it came after the end. Of the case: day (of entry), entered_at,
    ended (one of ENDS), ended_at (the outcome, null without), last_at.
    """
    case = ibis.window(group_by=["who", "case"])
    mine = facts.filter(facts["case"].notnull(), facts.n >= facts.entry)
    at_entry = engine.layer(
        mine.mutate(
            entered_at=ibis.ifelse(mine.n == mine.entry, mine["at"], ibis.null(mine["at"].type())).min().over(case),
            entry_day=ibis.ifelse(mine.n == mine.entry, mine.day, ibis.null("date")).min().over(case),
            # The number of the first outcome and which it is, in one: the least of the two together.
            end=ibis.ifelse(mine.outcome > 0, mine.n * 4 + mine.outcome, ibis.null("int64")).min().over(case),
            next_at=mine["at"].lead().over(ibis.window(group_by=["who", "case"], order_by="n")),
            last_at=mine["at"].max().over(case),
            outcome_at=ibis.ifelse(mine.outcome > 0, mine["at"], ibis.null(mine["at"].type())).min().over(case),
        )
    )
    rows = at_entry.filter(
        at_entry.entered_at >= ibis.literal(period.begins), at_entry.entered_at < ibis.literal(period.ends)
    )
    silence = ibis.literal(population.ends).delta(rows.last_at, unit="microsecond")
    how = rows.end & 3
    ended = ibis.cases(
        (how == SUCCESS, "success"), (how == REJECTED, "rejected"), (how == WITHDRAWN, "withdrawn"),
        (silence > spec.lasts // MICROSECOND, ABANDONED), else_=WAITING,
    )  # fmt: skip
    place = (rows.end >> 2).fill_null(_NEVER)
    return engine.materialise(
        rows.select(
            "who", "case", "n", "at", "name", "channel", "own", "outcome", "touch", "stage", "failed", "fields",
            "status", "entered_at", "last_at", day="entry_day", ended_at="outcome_at", ended=ended,
            next_at=ibis.ifelse(rows.n < place, rows.next_at, ibis.null(rows["at"].type())), over=rows.n > place,
        )
    )  # fmt: skip


_NEVER: Final = (1 << 62) - 1


def joined_midway(engine: Engine, facts: ir.Table, period: Period) -> int:
    """Cases first seen in the period whose enter fact is not in the data."""
    rows = facts.filter(
        facts["case"].notnull(), facts.entry.isnull(), facts.since >= ibis.literal(period.begins),
        facts.since < ibis.literal(period.ends),
    )  # fmt: skip
    return engine.count(rows.select("who", "case").distinct())


def without_case(engine: Engine, facts: ir.Table, period: Period) -> int:
    """Facts of the period that belong to no case: they have no value of `case`, and nothing came before them."""
    return engine.count(facts.filter(facts["case"].isnull(), facts.day.between(period.first, period.last)))
