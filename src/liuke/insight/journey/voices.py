"""What customers say on their way: complaints, and marks of service contacts."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.population import Population
from liuke.insight.journey.spec import JourneyComplaints
from liuke.insight.rules.row_condition import is_meant


def has_complaints(engine: Engine, population: Population) -> bool:
    """Whether any complaint is known at all: where the table was never loaded, none means nothing."""
    return engine.count(population.data.facts("complaint").limit(1)) > 0


def complaints(engine: Engine, population: Population, asked: JourneyComplaints) -> ir.Table:
    """who, said_at, mark (0) of those that are meant; lazily."""
    rows = population.data.facts("complaint")
    rows = rows.filter(is_meant(engine, asked, rows, population.data.day))
    rows = rows.filter(rows.received_at < ibis.literal(population.ends), rows.customer_id.notnull())
    return rows.select(who="customer_id", said_at="received_at", mark=ibis.literal(0, "int64"))


def marks(population: Population) -> ir.Table:
    """who, said_at, mark (1 … 5) of service contacts; lazily."""
    rows = population.data.facts("interaction")
    rows = rows.filter(
        rows.satisfaction.notnull(), rows.occurred_at < ibis.literal(population.ends), rows.customer_id.notnull()
    )
    return rows.select(who="customer_id", said_at="occurred_at", mark=rows.satisfaction.cast("int64"))
