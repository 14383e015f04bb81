"""What happened with one customer, newest first: transactions, app events, complaints, contacts on one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.known import BankTables

PAGE = 40
REACH_DAYS = 400
"""How far back a timeline looks, so that older files stay unread."""
NEAR_DAYS = 60
"""Where it looks first: enough for a page of most customers."""

Kind = Literal["transaction", "event", "complaint", "complaint_resolved", "contact"]
KINDS: tuple[Kind, ...] = ("transaction", "event", "complaint", "complaint_resolved", "contact")
_COLUMNS: dict[str, str] = {
    "kind": "string",
    "at": "timestamp('UTC', 6)",
    "code": "string",
    "detail": "string",
    "channel": "string",
    "count": "int64",
    "amount": "decimal(18, 2)",
    "staff_id": "string",
    "reference": "string",
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line. at: UTC, of a group its last moment; day: the bank-local day.

    kind          code              detail                  channel  grouped by
    transaction   transaction_type  direction/initiator     last     day, type, direction, initiator
    event         event_name        -                       channel  day, event, channel
    complaint     reason            category                channel  not grouped (also complaint_resolved)
    contact       result            note                    channel  not grouped

    count: how many were grouped. amount: their sum, transactions only. reference: complaint_id or contact_id.
    """

    kind: Kind
    at: datetime
    day: date
    code: str | None
    detail: str | None
    channel: str | None
    count: int
    amount: Decimal | None
    staff_id: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Entries from `offset` on; `more` tells whether older ones follow."""

    entries: tuple[TimelineEntry, ...]
    offset: int
    more: bool


def timeline_of(
    engine: Engine,
    tables: BankTables,
    customer_id: str,
    accounts: Sequence[str],
    *,
    rows: int = PAGE,
    offset: int = 0,
    kinds: Sequence[Kind] = KINDS,
) -> TimelinePage:
    """One page of the customer's last 400 days. accounts: of profile.accounts_of.

    Looks into the last 60 days first, and further back only when they do not fill the page.
    """
    found: list[dict[str, Any]] = []
    for reach in (NEAR_DAYS, REACH_DAYS):
        since = tables.as_of.day - timedelta(days=reach)
        whole = _whole(tables, customer_id, accounts, kinds, since)
        order = [ibis.desc("at"), ibis.asc("kind"), ibis.asc("code"), ibis.asc("detail"), ibis.asc("reference")]
        found = engine.arrow(whole.order_by(order).limit(rows + 1, offset=offset)).to_pylist()
        if len(found) > rows and _day(found[-1], tables) > since:
            break
    entries = tuple(TimelineEntry(**row, day=_day(row, tables)) for row in found[:rows])
    return TimelinePage(entries, offset, more=len(found) > rows)


def _whole(
    tables: BankTables, customer_id: str, accounts: Sequence[str], kinds: Sequence[Kind], since: date
) -> ir.Table:
    """All entries; transactions and events, the large tables, only after `since`."""
    near, far = ibis.literal(since), ibis.literal(tables.as_of.day - timedelta(days=REACH_DAYS))
    parts = [
        _transactions(tables, accounts, near),
        _events(tables, customer_id, near),
        *_complaints(tables, customer_id, far),
        _contacts(tables, customer_id, far),
    ]
    wanted = [part for kind, part in zip(KINDS, parts, strict=True) if kind in kinds]
    return ibis.union(*wanted) if len(wanted) > 1 else wanted[0]


def _day(row: dict[str, Any], tables: BankTables) -> date:
    local: datetime = row["at"].astimezone(tables.zone)
    return local.date()


def _transactions(tables: BankTables, accounts: Sequence[str], since: ir.DateScalar) -> ir.Table:
    rows = tables.transaction
    mine = rows.filter(rows.account_id.isin(list(accounts)), rows.business_date > since)
    groups = mine.group_by("business_date", "transaction_type", "direction", "initiator").aggregate(
        at=mine.occurred_at.max(), count=mine.count(), amount=mine.amount.sum(), channel=mine.channel.max()
    )
    return _entries(
        groups,
        "transaction",
        at=groups.at,
        code=groups.transaction_type,
        detail=groups.direction + "/" + groups.initiator,
        channel=groups.channel,
        count=groups["count"],
        amount=groups.amount,
    )


def _events(tables: BankTables, customer_id: str, since: ir.DateScalar) -> ir.Table:
    rows = tables.event
    mine = rows.filter(rows.customer_id == customer_id, rows.business_date > since)
    groups = mine.group_by("business_date", "event_name", "channel").aggregate(
        at=mine.occurred_at.max(), count=mine.count()
    )
    return _entries(
        groups,
        "event",
        at=groups.at,
        code=groups.event_name,
        channel=groups.channel,
        count=groups["count"],
    )


def _complaints(tables: BankTables, customer_id: str, since: ir.DateScalar) -> tuple[ir.Table, ir.Table]:
    """Arrivals, and resolutions by the end of the as-of day."""
    rows = tables.complaint
    mine = rows.filter(rows.customer_id == customer_id, rows.business_date > since)
    shown = {"code": mine.reason, "detail": mine.category, "channel": mine.channel, "reference": mine.complaint_id}
    arrived = _entries(mine, "complaint", at=mine.received_at, **shown)
    done = mine.filter(mine.resolved_at < ibis.literal(tables.day_ends))
    shown = {"code": done.reason, "detail": done.category, "channel": done.channel, "reference": done.complaint_id}
    return arrived, _entries(done, "complaint_resolved", at=done.resolved_at, **shown)


def _contacts(tables: BankTables, customer_id: str, since: ir.DateScalar) -> ir.Table:
    rows = tables.contact
    mine = rows.filter(rows.customer_id == customer_id, rows.business_date > since)
    return _entries(
        mine,
        "contact",
        at=mine.occurred_at,
        code=mine.result,
        detail=mine.note,
        channel=mine.channel,
        staff_id=mine.staff_id,
        reference=mine.contact_id,
    )


def _entries(rows: ir.Table, kind: Kind, **values: Any) -> ir.Table:
    """`rows` in the shape of TimelineEntry; what is not given is null, the count 1."""
    given = {"kind": ibis.literal(kind), "count": ibis.literal(1), **values}
    return rows.select(**{n: given[n].cast(t) if n in given else ibis.null(t) for n, t in _COLUMNS.items()})
