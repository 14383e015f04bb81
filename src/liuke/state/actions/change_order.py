"""The common path of every change of one order: lock, advance the value, store, log, audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from liuke.act.workorder import Event, Order, play
from liuke.errors import TryAgain, YourMistake
from liuke.govern.access import Permission, Scope, require
from liuke.govern.audit import AuditRecord, Plain
from liuke.state.audit import append
from liuke.state.load import message_class_of, order_of, put_order
from liuke.state.models import OrderEvent, WorkOrder


class Stale(TryAgain):
    """Somebody else changed the order since the page was shown."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, when, from where. at: aware. address: client network address, '' when there is none."""

    scope: Scope
    at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the order's own history and the audit log shall say about a change."""

    kind: str
    channel: str = ""
    result: str = ""
    outcome: str = ""
    note: str = ""
    reason: str = ""
    data: Mapping[str, Plain] = field(default_factory=dict)


def change_order(
    who: Who, order_id: str, events: Iterable[Event], trace: Trace, *, need: Permission, version: int | None = None
) -> Order:
    """Applies `events` to the order, all or none, and returns the order after them.

    An order outside the scope is answered like one that does not exist. Raises NotAllowed, IllegalMove, or
    Stale when `version` is given and no longer the order's.
    """
    require(who.scope, need)
    with transaction.atomic():
        row = find_order(who.scope, order_id)
        if version is not None and row.version != version:
            raise Stale(
                f"order {order_id} was changed by somebody else in the meantime",
                state="nothing was changed",
                then="look at the order again and repeat what still applies",
            )
        changed, _ = play(order_of(row), events, who.at)
        put_order(row, changed, who.at)
        row.save()
        write_trace(row, who, trace)
    return changed


def find_order(scope: Scope, order_id: str) -> WorkOrder:
    """The row, locked where the database can, if it lies in the scope."""
    row = WorkOrder.objects.visible_to(scope).select_for_update().filter(order_id=order_id).first()
    if row is None:
        raise YourMistake(
            f"there is no work order {order_id} among those you may see",
            state="nothing was changed",
            then="open your list again and choose an order from it",
        )
    return row


def write_trace(row: WorkOrder, who: Who, trace: Trace) -> None:
    """The order's history row and the audit row. The note stays out of the audit log: it may name people.

    A contact keeps what it counts as: the order's reasons may be others by the time it is carried into the lake.
    """
    data: dict[str, Any] = dict(trace.data)
    if trace.kind == "contact":
        data["message_class"] = message_class_of(row.reasons)
    OrderEvent.objects.create(
        order=row,
        at=who.at,
        actor=who.scope.actor,
        kind=trace.kind,
        channel=trace.channel,
        result=trace.result,
        outcome=trace.outcome,
        note=trace.note,
        data=data,
    )
    said = {"channel": trace.channel, "result": trace.result, "outcome": trace.outcome}
    append(
        AuditRecord(
            who.at,
            who.scope.actor,
            who.scope.role,
            f"order_{trace.kind}",
            "order",
            row.order_id,
            trace.reason,
            who.address,
            data | {k: v for k, v in said.items() if v} | {"customer_id": row.customer_id},
        )
    )
