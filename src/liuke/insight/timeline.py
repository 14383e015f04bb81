"""What happened with one customer, newest first, on one line: money, app, complaints, contacts, service, surveys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.known import BankTables

REACH_DAYS = 400
"""How far back a timeline looks, so that older files stay unread."""

OF_APPLICATIONS = "application_"
"""How the names of events of applications begin (docs/progress-code.md)."""

Kind = Literal["transaction", "event", "complaint", "complaint_resolved", "contact", "interaction", "survey"]
KINDS: tuple[Kind, ...] = (
    "transaction", "event", "complaint", "complaint_resolved", "contact", "interaction", "survey",
)  # fmt: skip
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
    "result": "string",
    "seconds": "int64",
    "score": "float64",
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line. at: UTC, of a group its last moment; day: the bank-local day.

    kind          code              detail                  channel  grouped by
    transaction   transaction_type  direction/initiator     last     day, type, direction, initiator
    event         event_name        -                       channel  day, event, channel
                  application_…     journey/stage           channel  not grouped; result: the status it led to
    complaint     reason            category                channel  not grouped (also complaint_resolved)
    contact       result            note                    channel  not grouped
    interaction   kind              topic                   channel  not grouped; result, seconds waited, satisfaction
    survey        survey            comment                 channel  not grouped; score

    count: how many were grouped. amount: their sum, transactions only. reference: the row's own id, of
    a step of an application that of the application. seconds:
    waited, interactions only. score: satisfaction 1..5 of interactions, the mark of surveys.
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
    result: str | None = None
    seconds: int | None = None
    score: float | None = None


def timeline_rows(tables: BankTables, engine: Engine, since: ir.DateValue, kinds: Sequence[Kind] = KINDS) -> ir.Table:
    """The columns of TimelineEntry but `day`, newest first, for days from `since` on.

    tables: narrowed to one customer (profile/reading.py).
    """
    parts = {
        "transaction": _transactions(tables, since),
        "event": _events(tables, engine, since),
        "complaint": _complaints(tables, since),
        "complaint_resolved": _resolutions(tables, since),
        "contact": _contacts(tables, since),
        "interaction": _interactions(tables, since),
        "survey": _surveys(tables, since),
    }
    wanted = [parts[kind] for kind in kinds]
    whole = ibis.union(*wanted) if len(wanted) > 1 else wanted[0]
    keys = ("kind", "code", "detail", "channel", "reference")
    return whole.order_by([ibis.desc("at"), *(ibis.asc(key) for key in keys)])


def entries_of(rows: Sequence[Mapping[str, Any]], tables: BankTables) -> tuple[TimelineEntry, ...]:
    """The rows of `timeline_rows` as entries with their bank-local day."""
    return tuple(TimelineEntry(**row, day=row["at"].astimezone(tables.zone).date()) for row in rows)


def _transactions(tables: BankTables, since: ir.DateValue) -> ir.Table:
    mine = tables.transaction.filter(tables.transaction.business_date >= since)
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


def _events(tables: BankTables, engine: Engine, since: ir.DateValue) -> ir.Table:
    whole = tables.event.filter(tables.event.business_date >= since)
    steps = whole.filter(whole.event_name.startswith(OF_APPLICATIONS))
    return ibis.union(_deeds(whole.filter(~whole.event_name.startswith(OF_APPLICATIONS))), _steps(steps, engine))


def _steps(steps: ir.Table, engine: Engine) -> ir.Table:
    """Steps of applications, each for itself: where one stands is told by the last."""
    said = {key: engine.json_text(steps.properties, key) for key in ("application", "journey", "stage", "status")}
    return _entries(
        steps, "event", at=steps.occurred_at, code=steps.event_name, channel=steps.channel,
        detail=said["journey"].fill_null("") + "/" + said["stage"].fill_null(""), reference=said["application"],
        result=said["status"],
    )  # fmt: skip


def _deeds(mine: ir.Table) -> ir.Table:
    groups = mine.group_by("business_date", "event_name", "channel").aggregate(
        at=mine.occurred_at.max(), count=mine.count()
    )
    return _entries(
        groups, "event", at=groups.at, code=groups.event_name, channel=groups.channel, count=groups["count"]
    )


def _complaints(tables: BankTables, since: ir.DateValue) -> ir.Table:
    rows = tables.complaint.filter(tables.complaint.business_date >= since)
    shown = {"code": rows.reason, "detail": rows.category, "channel": rows.channel, "reference": rows.complaint_id}
    return _entries(rows, "complaint", at=rows.received_at, **shown)


def _resolutions(tables: BankTables, since: ir.DateValue) -> ir.Table:
    """Resolutions by the end of the as-of day, of complaints received since."""
    rows = tables.complaint.filter(tables.complaint.business_date >= since)
    done = rows.filter(rows.resolved_at < ibis.literal(tables.day_ends))
    shown = {"code": done.reason, "detail": done.category, "channel": done.channel, "reference": done.complaint_id}
    return _entries(done, "complaint_resolved", at=done.resolved_at, **shown)


def _contacts(tables: BankTables, since: ir.DateValue) -> ir.Table:
    rows = tables.contact.filter(tables.contact.business_date >= since)
    return _entries(
        rows, "contact", at=rows.occurred_at, code=rows.result, detail=rows.note, channel=rows.channel,
        staff_id=rows.staff_id, reference=rows.contact_id,
    )  # fmt: skip


def _interactions(tables: BankTables, since: ir.DateValue) -> ir.Table:
    rows = tables.interaction.filter(tables.interaction.business_date >= since)
    return _entries(
        rows, "interaction", at=rows.occurred_at, code=rows.kind, detail=rows.topic, channel=rows.channel,
        staff_id=rows.staff_id, reference=rows.interaction_id, result=rows.result, seconds=rows.wait_seconds,
        score=rows.satisfaction,
    )  # fmt: skip


def _surveys(tables: BankTables, since: ir.DateValue) -> ir.Table:
    rows = tables.survey_response.filter(tables.survey_response.business_date >= since)
    return _entries(
        rows, "survey", at=rows.occurred_at, code=rows.survey, detail=rows.comment, channel=rows.channel,
        reference=rows.response_id, score=rows.score,
    )  # fmt: skip


def _entries(rows: ir.Table, kind: Kind, **values: Any) -> ir.Table:
    """`rows` in the shape of TimelineEntry; what is not given is null, the count 1."""
    given = {"kind": ibis.literal(kind), "count": ibis.literal(1), **values}
    return rows.select(**{n: given[n].cast(t) if n in given else ibis.null(t) for n, t in _COLUMNS.items()})
