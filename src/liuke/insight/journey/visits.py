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

        who  case  stage  first_at  left_at  before  latest_after  took (s)     form, identity, form again, completed
        C1   LN-1  0      10:00     10:07    -       1             420
        C1   LN-1  1      10:07     18:00    0       0             28380
        C1   LN-1  0      18:00     18:30    1       0             1800

    n: number of its first fact. left_at: the first fact of the next visit, or the outcome; null while neither has come.
    before: stage of the visit before; latest_after: the latest stage from here on; furthest: that of the whole case.
    took: microseconds, null when it is not over and for a visit of which the outcome is all there is. late: longer than
    expected, or waiting for longer; an abandoned one has not ended and is not late. is_last: of the case. Of the case:
    day, entered_at, ended, ended_at, last_at.
    """
    case = ["who", "case"]
    rows = staged(steps)
    rows = engine.layer(rows.mutate(before=rows.stage.lag().over(ibis.window(group_by=case, order_by="n"))))
    # The outcome is the last fact of its case: a visit that begins with it has no other.
    begun = rows.filter((rows.stage != rows.before).fill_null(True)).select(
        "who", "case", "n", "stage", "before", "day", "entered_at", "ended", "ended_at", "last_at",
        first_at="at", is_end=rows.outcome > 0,
    )  # fmt: skip
    begun = engine.layer(begun)
    rows = engine.layer(
        begun.mutate(
            onward=begun.first_at.lead().over(ibis.window(group_by=case, order_by="n")),
            furthest=begun.stage.max().over(ibis.window(group_by=case)),
            latest_after=begun.stage.max().over(ibis.window(group_by=case, order_by="n", preceding=0, following=None)),
        )
    )
    return engine.materialise(_timed(rows, population, spec))


def _timed(rows: ir.Table, population: Population, spec: JourneyFile) -> ir.Table:
    left = rows.onward.fill_null(rows.ended_at)
    took = left.delta(rows.first_at, unit="microsecond")
    so_far = ibis.literal(population.ends).delta(rows.first_at, unit="microsecond")
    measured = ibis.ifelse(rows.is_end, ibis.null("int64"), took.cast("int64"))
    lasts = ibis.ifelse(left.isnull() & (rows.ended == WAITING), so_far.cast("int64"), measured)
    expected = _expected(rows.stage, [stage.expects for stage in spec.stages])
    made = rows.mutate(
        left_at=left, is_last=rows.onward.isnull(), took=measured, late=(lasts > expected).fill_null(False)
    )
    return made.drop("is_end", "onward")


def _expected(stage: ir.IntegerColumn, expects: list[timedelta | None]) -> ir.IntegerValue:
    cases = [
        (stage == i, ibis.literal(one // MICROSECOND, "int64")) for i, one in enumerate(expects) if one is not None
    ]
    return ibis.cases(*cases, else_=ibis.null("int64")) if cases else ibis.null("int64")
