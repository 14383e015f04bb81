"""Events per customer, day and name of the last 180 days, kept up to date so that event conditions answer at once."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.lake import Lake, arranged
from liuke.tables import EVENT_DAY

DAYS_BACK = 180


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
    """Brings the stored rows to what is known at the as-of moment; returns how many days were written anew.

    A day is written anew when its number of events differs from the stored one: events are never changed, only
    added (late files) or erased, so equal numbers mean equal rows. Days beyond the 180 are dropped.
    """
    day = tables.as_of.day
    after = day - timedelta(days=DAYS_BACK)
    known = tables.event.filter(tables.event.business_date > ibis.literal(after), tables.event.customer_id.notnull())
    counted = known.group_by("business_date").aggregate(n=known.count())
    stored = lake.scan(engine, EVENT_DAY)
    held = stored.group_by("business_date").aggregate(n=stored.events.sum())
    now, then = (_counts(engine, rows) for rows in (counted, held))
    changed = sorted(d for d in now.keys() | then.keys() if now.get(d) != then.get(d))
    if not changed:
        return 0
    within = ", ".join(f"'{d}'" for d in changed)
    fresh = tables.event.filter(tables.event.business_date.isin(changed))
    rows = arranged(event_days(fresh, after), EVENT_DAY)
    lake.replace(EVENT_DAY, engine.batches(rows), where=f"business_date IN ({within})")
    return len(changed)


def _counts(engine: Engine, rows: ir.Table) -> dict[date, int]:
    return {row["business_date"]: row["n"] for row in engine.arrow(rows).to_pylist()}
