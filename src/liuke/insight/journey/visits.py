"""Visits: runs of facts of one stage within a case, and what came of them."""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.population import Population
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.journey.steps import MICROSECOND, WAITING


def staged(steps: ir.Table) -> ir.Table:
    """Facts of a stage, up to the end of their case."""
    return steps.filter(~steps.over, steps.stage.notnull())


def case_visits(engine: Engine, steps: ir.Table, population: Population, spec: JourneyFile) -> ir.Table:
    """One row per visit; release it after use. Facts of no stage end no visit.

        who  case  visit  stage  first_at  left_at  before  after  took (s)     form, identity, form again, completed
        C1   LN-1  1      0      10:00     10:07    -       1      420
        C1   LN-1  2      1      10:07     18:00    0       0      28380
        C1   LN-1  3      0      18:00     18:30    1       -      1800

    left_at: the first fact of the next visit, or the outcome; null while neither has come. before: stage of the visit
    before; latest_after: the latest stage of later visits; furthest: of the whole case; is_last. took: microseconds,
    null when it is not over and for a visit of which the outcome is all there is. late: longer than expected, or
    waiting for longer; an abandoned one has not ended and is not late. failed, own: whether a fact of it failed, was
    done by the customer in a channel. Of the case: day, entered_at, ended, ended_at, last_at.
    """
    line = ibis.window(group_by=["who", "case"], order_by="n")
    rows = staged(steps)
    rows = engine.layer(rows.mutate(prior=rows.stage.lag().over(line)))
    rows = engine.layer(rows.mutate(begins=(rows.stage != rows.prior).fill_null(True).cast("int64")))
    number = rows.begins.sum().over(ibis.cumulative_window(group_by=["who", "case"], order_by="n"))
    rows = engine.layer(rows.mutate(visit=number.cast("int64")))
    visits = engine.layer(
        rows.group_by("who", "case", "visit").aggregate(
            stage=rows.stage.min(), first_at=rows["at"].min(), is_end=(rows.outcome > 0).cast("int64").min(),
            failed=rows.failed.cast("int64").max(), own=rows.own.cast("int64").max(), day=rows.day.min(),
            entered_at=rows.entered_at.min(), ended=rows.ended.min(), ended_at=rows.ended_at.min(),
            last_at=rows.last_at.min(),
        )
    )  # fmt: skip
    return engine.materialise(_in_order(engine, visits, population, spec))


def _in_order(engine: Engine, visits: ir.Table, population: Population, spec: JourneyFile) -> ir.Table:
    line = ibis.window(group_by=["who", "case"], order_by="visit")
    rows = engine.layer(
        visits.mutate(
            before=visits.stage.lag().over(line),
            onward=visits.first_at.lead().over(line),
            later=visits.stage.lead().over(line),
            furthest=visits.stage.max().over(ibis.window(group_by=["who", "case"])),
            latest_after=visits.stage.max().over(
                ibis.window(group_by=["who", "case"], order_by="visit", preceding=0, following=None)
            ),
        )
    )
    left = rows.onward.fill_null(rows.ended_at)
    took = left.delta(rows.first_at, unit="microsecond")
    so_far = ibis.literal(population.ends).delta(rows.first_at, unit="microsecond")
    measured = ibis.ifelse(rows.is_end == 1, ibis.null("int64"), took.cast("int64"))
    lasts = ibis.ifelse(left.isnull() & (rows.ended == WAITING), so_far.cast("int64"), measured)
    expected = _expected(rows.stage, [stage.expects for stage in spec.stages])
    made = rows.mutate(
        left_at=left, is_last=rows.later.isnull(), took=measured, late=(lasts > expected).fill_null(False)
    )
    return made.drop("is_end", "onward", "later")


def _expected(stage: ir.IntegerColumn, expects: list[timedelta | None]) -> ir.IntegerValue:
    cases = [
        (stage == i, ibis.literal(one // MICROSECOND, "int64")) for i, one in enumerate(expects) if one is not None
    ]
    return ibis.cases(*cases, else_=ibis.null("int64")) if cases else ibis.null("int64")
