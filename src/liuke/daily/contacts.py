"""Contacts logged on the desks and messages sent, carried into the lake, where measurement, gates and the timeline
read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pyarrow as pa

from liuke.act.channels.catalogue import FILE, contact_channels, read_channels
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.state.contacts import contacts_between
from liuke.state.sent_contacts import messages_between
from liuke.tables import CONTACT
from liuke.wiring import House

SOURCE = "work_orders"
SENT = "outbox"
OVERLAP = timedelta(days=1)
"""Contacts this long before the last one carried are looked at again: two desks may log at the same moment."""
_BATCH = 20_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def carry_contacts(house: House, engine: Engine, as_of: AsOf) -> int:
    """Appends the contacts made before `as_of.known_by` that the lake does not have; returns how many."""
    until = as_of.known_by
    logged = _carry(house, engine, as_of, SOURCE, contacts_between(_since(house, engine, SOURCE), until))
    if not (house.home / FILE).is_file():
        return logged
    channels = contact_channels(read_channels(house.home))
    sent = messages_between(_since(house, engine, SENT), until, channels)
    return logged + _carry(house, engine, as_of, SENT, sent)


def _since(house: House, engine: Engine, source: str) -> datetime:
    rows = house.lake.scan(engine, CONTACT)
    mine = rows.filter(rows.source == source)
    [fact] = engine.arrow(mine.aggregate(last=mine.occurred_at.max())).to_pylist()
    last: datetime | None = fact["last"]
    return last - OVERLAP if last else _BEGINNING


def _carry(house: House, engine: Engine, as_of: AsOf, source: str, contacts: Iterator[dict[str, Any]]) -> int:
    carried = 0
    while batch := list(islice(contacts, _BATCH)):
        carried += _append(house, engine, as_of, source, batch)
    return carried


def _append(house: House, engine: Engine, as_of: AsOf, source: str, logged: list[dict[str, Any]]) -> int:
    """Those of the contacts, oldest first, that the lake does not have."""
    rows = house.lake.scan(engine, CONTACT)
    near = rows.filter(rows.source == source, rows.occurred_at.between(*(logged[n]["occurred_at"] for n in (0, -1))))
    known = set(engine.arrow(near.select("contact_id"))["contact_id"].to_pylist())
    full = [_row(row, source, as_of, house) for row in logged if row["contact_id"] not in known]
    if full:
        data = pa.Table.from_pylist(full, schema=CONTACT.arrow)
        commit = f"{source}:{as_of.day}:{full[0]['contact_id']}-{full[-1]['contact_id']}"
        house.lake.append(CONTACT, data, commit_id=commit)
    return len(full)


def _row(contact: dict[str, Any], source: str, as_of: AsOf, house: House) -> dict[str, Any]:
    moment: datetime = contact["occurred_at"]
    return contact | {
        "source": source,
        "batch_id": str(as_of.day),
        "line": 0,
        "business_date": moment.astimezone(house.zone).date(),
        "ingested_at": moment,
    }
