"""The events that made a trigger rule match, by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

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
