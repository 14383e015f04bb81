"""Events per customer, day and name of the last 180 days, kept up to date so that event conditions answer at once."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.insight.segments.recent_days import first_day, refresh_days
from liuke.lake import Lake
from liuke.tables import EVENT_DAY


def event_days(events: ir.Table, after: date) -> ir.Table:
    """EVENT_DAY rows of the days after `after`. Events of nobody known are left out.

    events: EVENT rows as known, with business_date.
    """
    kept = events.filter(events.business_date > ibis.literal(after), events.customer_id.notnull())
    counted = kept.group_by("business_date", "customer_id", "event_name").aggregate(
        events=kept.count(), first_at=kept.occurred_at.min(), last_at=kept.occurred_at.max()
    )
    return counted.select(*EVENT_DAY.names)


def refresh_event_days(lake: Lake, engine: Engine, tables: BankTables) -> int:
    """Brings the stored rows to what is known at the as-of moment; returns how many days were written anew."""
    known = tables.event.filter(
        tables.event.business_date >= ibis.literal(first_day(tables.as_of.day)), tables.event.customer_id.notnull()
    )
    stored = lake.scan(engine, EVENT_DAY)
    counts = (
        known.group_by("business_date").aggregate(n=known.count()),
        stored.group_by("business_date").aggregate(n=stored.events.sum()),
    )

    def made(days: list[date]) -> ir.Table:
        return event_days(known.filter(known.business_date.isin(days)), date.min)

    return refresh_days(lake, engine, EVENT_DAY, counts, made)
