"""Contacts logged on the desks, carried into the lake, where measurement and the timeline read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.state.contacts import contacts_between
from liuke.tables import CONTACT
from liuke.wiring import House

SOURCE = "work_orders"
OVERLAP = timedelta(days=1)
"""Contacts this long before the last one carried are looked at again: two desks may log at the same moment."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def carry_contacts(house: House, engine: Engine, as_of: AsOf) -> int:
    """Appends the contacts logged before `as_of.known_by` that the lake does not have; returns how many."""
    lake = house.lake
    rows = lake.scan(engine, CONTACT)
    mine = rows.filter(rows.source == SOURCE)
    [fact] = engine.arrow(mine.aggregate(last=mine.occurred_at.max())).to_pylist()
    since = fact["last"] - OVERLAP if fact["last"] else _BEGINNING
    logged = list(contacts_between(since, as_of.known_by))
    if not logged:
        return 0
    carried = set(engine.arrow(mine.filter(mine.occurred_at >= since).select("contact_id"))["contact_id"].to_pylist())
    full = [_row(row, as_of, house) for row in logged if row["contact_id"] not in carried]
    if full:
        data = pa.Table.from_pylist(full, schema=CONTACT.arrow)
        lake.append(CONTACT, data, commit_id=f"{SOURCE}:{as_of.day}:{full[0]['contact_id']}-{full[-1]['contact_id']}")
    return len(full)


def _row(contact: dict[str, Any], as_of: AsOf, house: House) -> dict[str, Any]:
    moment: datetime = contact["occurred_at"]
    return contact | {
        "source": SOURCE,
        "batch_id": str(as_of.day),
        "line": 0,
        "business_date": moment.astimezone(house.zone).date(),
        "ingested_at": moment,
    }
