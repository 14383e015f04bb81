"""Contacts logged on the desks, carried into the lake, where measurement and the timeline read them."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.state.contacts import contacts_between
from liuke.tables import CONTACT
from liuke.wiring import House

SOURCE = "work_orders"
WINDOW = timedelta(days=40)
"""How far back a run looks for contacts not carried yet: longer than any pause between two runs."""


def carry_contacts(house: House, engine: Engine, as_of: AsOf) -> int:
    """Appends the contacts logged before `as_of.known_by` that the lake does not have; returns how many."""
    lake = house.lake
    logged = list(contacts_between(as_of.known_by - WINDOW, as_of.known_by))
    if not logged:
        return 0
    rows = lake.scan(engine, CONTACT)
    mine = rows.filter(
        rows.source == SOURCE, rows.business_date >= (as_of.known_by - WINDOW).date() - timedelta(days=2)
    )
    carried = set(engine.arrow(mine.select("contact_id"))["contact_id"].to_pylist())
    fresh = [row for row in logged if row["contact_id"] not in carried]
    system = {"source": SOURCE, "batch_id": str(as_of.day), "line": 0}
    full = [
        row
        | system
        | {"business_date": row["occurred_at"].astimezone(house.zone).date(), "ingested_at": row["occurred_at"]}
        for row in fresh
    ]
    if full:
        data = pa.Table.from_pylist(full, schema=CONTACT.arrow)
        lake.append(CONTACT, data, commit_id=f"{SOURCE}:{as_of.day}:{full[0]['contact_id']}-{full[-1]['contact_id']}")
    return len(full)
