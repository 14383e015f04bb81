"""The events that made a trigger rule match, by their ids: app events, and facts of the core systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.tables import COMPLAINT, CONTACT, TRANSACTION, Table

FACTS: Final[Mapping[str, Table]] = {"transaction": TRANSACTION, "complaint": COMPLAINT, "contact": CONTACT}
"""Tables of the facts that are told as they come; such an event's id is the fact's name, a colon and the row's key."""
COLUMNS = ("event_id", "occurred_at", "event_name", "channel", "properties")


@dataclass(frozen=True, slots=True)
class Trace:
    """One event. occurred_at: UTC. properties: JSON text, None where it has none."""

    event_id: str
    occurred_at: datetime
    event_name: str
    channel: str | None
    properties: str | None


def traces(event: ir.Table, event_ids: Sequence[str], first: date, last: date) -> ir.Table:
    """The columns of Trace for those ids, oldest first.

    event: the contract table. first, last: bank-local days of the earliest and the latest event, so that the files
    of other days stay unread.
    """
    days = event.business_date.between(ibis.literal(first), ibis.literal(last))
    return event.filter(days, event.event_id.isin(list(event_ids))).select(*COLUMNS).order_by("occurred_at", "event_id")


def fact_traces(rows: ir.Table, name: str, event_ids: Sequence[str], first: date, last: date) -> ir.Table:
    """Like `traces` for facts. rows: the contract table of FACTS[name]; of several versions of a row the first."""
    table, prefix = FACTS[name], f"{name}:"
    keys = [each.removeprefix(prefix) for each in event_ids if each.startswith(prefix)]
    [key] = table.key
    asked = rows.filter(rows.business_date.between(ibis.literal(first), ibis.literal(last)), rows[key].isin(keys))
    one = asked.group_by(key).aggregate(occurred_at=asked[table.event_time].min(), channel=asked.channel.min())
    return one.select(
        event_id=ibis.literal(prefix) + one[key], occurred_at=one.occurred_at, event_name=ibis.literal(name),
        channel=one.channel, properties=ibis.null("string"),
    )  # fmt: skip
