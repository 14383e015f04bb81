"""The daily run opens orders for treated decisions: in bulk, once each, never two for a customer and theme."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from liuke.act.routing.route import Route
from liuke.act.workorder import Enrich, Order, advance
from liuke.govern.audit import AuditRecord
from liuke.state.audit import append
from liuke.state.desks import Proposal, routed
from liuke.state.load import OrderFacts, order_of, put_facts, put_order, row_of
from liuke.state.locks import sole_writer
from liuke.state.models import OrderEvent, OrderLoop, WorkOrder

_BATCH = 2000
"""Orders per transaction: people who log a contact meanwhile wait well under a second."""


@dataclass(frozen=True, slots=True)
class Opened:
    """How many proposals became orders, joined an open order, or were known from an earlier run."""

    opened: int = 0
    enriched: int = 0
    repeated: int = 0

    def __add__(self, other: Opened) -> Opened:
        return Opened(self.opened + other.opened, self.enriched + other.enriched, self.repeated + other.repeated)


def open_orders(proposals: Iterable[Proposal], *, now: datetime, actor: str = "system") -> Opened:
    """Stores the proposed orders, as `act.workorder.open_order` made them, with the facts to show.

    Idempotent by loop_id, whatever became of the order since. A proposal for a customer and theme with an
    open order enriches that one (priority and due time only ever become more urgent). Each batch of 2000 is
    one transaction: after a crash the same call goes on where it stopped. Whose desk a new order lies on is decided
    here (`act.routing`): the order's `staff_id` is the customer's RM as of `facts.as_of`. For the daily run and the
    stream only: no person opens orders, so no permission is asked.
    """
    total, rest = Opened(), iter(proposals)
    while batch := list(islice(rest, _BATCH)):
        with sole_writer("open_orders"):
            done = _open_batch(batch, now, actor)
            if done.opened or done.enriched:
                _audit(done, now, actor)
        total += done
    return total


def _open_batch(batch: list[Proposal], now: datetime, actor: str) -> Opened:
    first = {order.loop_id: (order, facts) for order, facts in reversed(batch)}
    known = set(OrderLoop.objects.filter(loop_id__in=list(first)).values_list("loop_id", flat=True))
    fresh = [first[loop_id] for loop_id in dict.fromkeys(o.loop_id for o, _ in batch) if loop_id not in known]
    waiting = _open_rows(fresh)
    opening: dict[tuple[str, str], Proposal] = {}
    joining: list[Proposal] = []
    for order, facts in fresh:
        key = (order.customer_id, order.theme)
        if key in waiting or key in opening:
            joining.append((order, facts))
        else:
            opening[key] = (order, facts)
    placed = [(row_of(*proposal, now), way) for proposal, way in routed(list(opening.values()), now)]
    _insert(placed, now, actor)
    rows = waiting | {(row.customer_id, row.theme): row for row, _ in placed}
    for order, facts in joining:
        _enrich(rows[order.customer_id, order.theme], order, facts, now, actor)
    return Opened(len(opening), len(joining), len(batch) - len(fresh))


def _open_rows(fresh: list[Proposal]) -> dict[tuple[str, str], WorkOrder]:
    customers = {order.customer_id for order, _ in fresh}
    rows = WorkOrder.objects.open().select_for_update().filter(customer_id__in=customers)
    return {(row.customer_id, row.theme): row for row in rows}


def _insert(placed: list[tuple[WorkOrder, Route]], now: datetime, actor: str) -> None:
    saved = WorkOrder.objects.bulk_create([row for row, _ in placed])
    OrderLoop.objects.bulk_create(OrderLoop(loop_id=row.loop_id, order=row) for row in saved)
    ways = [way for _, way in placed]
    OrderEvent.objects.bulk_create(
        OrderEvent(order=row, at=now, actor=actor, kind="opened", data=_told(row, way))
        for row, way in zip(saved, ways, strict=True)
    )


def _told(row: WorkOrder, way: Route) -> dict[str, Any]:
    """What the order's history keeps of where it went; of the ordinary way nothing."""
    loop = {"loop_id": row.loop_id}
    if way.way == "owner":
        return loop
    return loop | {"way": way.way, "to": way.staff_id, "acting_for": way.acting_for, "absence": way.absence}


def _enrich(row: WorkOrder, order: Order, facts: OrderFacts, now: datetime, actor: str) -> None:
    event = Enrich(order.loop_id, order.priority, order.due_at, order.warn_at)
    changed, _ = advance(order_of(row), event, now)
    put_order(row, changed, now)
    put_facts(row, facts)
    row.save()
    OrderLoop.objects.create(loop_id=order.loop_id, order=row)
    OrderEvent.objects.create(order=row, at=now, actor=actor, kind="enriched", data={"loop_id": order.loop_id})


def _audit(done: Opened, now: datetime, actor: str) -> None:
    counts = {"opened": done.opened, "enriched": done.enriched, "repeated": done.repeated}
    append(AuditRecord(now, actor, "", "orders_opened", "order", "", data=counts))
