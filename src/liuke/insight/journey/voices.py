"""What customers say on their way: complaints that belong to a stage, and marks given during visits."""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.population import Population
from liuke.insight.journey.spec import JourneyComplaints, JourneyFile
from liuke.insight.journey.steps import MICROSECOND
from liuke.insight.rules.row_condition import is_meant

_DAY = timedelta(days=1)


def has_complaints(engine: Engine, population: Population) -> bool:
    """Whether any complaint is known at all: where the table was never loaded, none means nothing."""
    return engine.count(population.data.facts("complaint").limit(1)) > 0


def complained(
    engine: Engine, visits: ir.Table, population: Population, spec: JourneyFile, asked: JourneyComplaints
) -> ir.Table:  # fmt: skip
    """who, case, stage of visits during which, or so many days after which, the customer complained; lazily.

    A complaint after the last visit belongs to it. A case without outcome lasts until it has been silent for `quiet`.
    """
    rows = population.data.facts("complaint")
    rows = rows.filter(is_meant(engine, asked, rows, population.data.day))
    said = rows.filter(rows.received_at < ibis.literal(population.ends)).select(
        who="customer_id", said_at="received_at"
    )
    return _during(visits, said, spec.lasts, asked.days * _DAY).select("who", "case", "stage")


def marks(engine: Engine, visits: ir.Table, population: Population, spec: JourneyFile) -> ir.Table:
    """who, case, stage, mark (1 … 5): of service contacts during visits; lazily."""
    rows = population.data.facts("interaction")
    rows = rows.filter(rows.satisfaction.notnull(), rows.occurred_at < ibis.literal(population.ends))
    said = rows.select(who="customer_id", said_at="occurred_at", mark=rows.satisfaction.cast("int64"))
    return _during(visits, said, spec.lasts, timedelta()).select("who", "case", "stage", "mark")


def _during(visits: ir.Table, said: ir.Table, quiet: timedelta, after: timedelta) -> ir.Table:
    joined = visits.inner_join(said, "who")
    end = joined.ended_at.fill_null(joined.last_at)
    limit = ibis.ifelse(joined.ended_at.isnull(), (quiet + after) // MICROSECOND, after // MICROSECOND)
    in_time = joined.said_at.delta(end, unit="microsecond") <= limit
    return joined.filter(
        joined.said_at >= joined.first_at,
        ibis.ifelse(joined.is_last, in_time, (joined.said_at < joined.left_at).fill_null(False)),
    )
