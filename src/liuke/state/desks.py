"""New orders find their desks: `act.routing` asked with what the state database knows of staff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from django.utils import timezone

from liuke.act.routing.route import Need, Route, routes
from liuke.act.workorder import Order
from liuke.state.load import OrderFacts
from liuke.state.staffing import is_plain, load_of, staffing_for

Proposal: TypeAlias = tuple[Order, OrderFacts]
"""An order as `act.workorder.open_order` made it, with the facts to show beside it."""


def routed(proposals: Sequence[Proposal], now: datetime) -> list[tuple[Proposal, Route]]:
    """The proposals, each on the desk where it belongs at `now` (aware), with the way it came there."""
    if not proposals:
        return []
    day = timezone.localdate(now)
    needs = [
        Need(order.customer_id, order.staff_id, order.branch_id, facts.as_of, day, now, facts.wants)
        for order, facts in proposals
    ]
    return list(_placed(proposals, needs))


def _placed(proposals: Sequence[Proposal], needs: Sequence[Need]) -> Iterator[tuple[Proposal, Route]]:
    staffing = staffing_for(needs)
    load = {} if is_plain(needs, staffing) else load_of(staffing)
    for (order, facts), found in zip(proposals, routes(needs, staffing, load), strict=True):
        state = order.state
        if order.staff_id != found.staff_id:
            state = "assigned" if found.staff_id else "new"
        placed = replace(order, staff_id=found.staff_id, state=state, acting_for=found.acting_for)
        placed = replace(placed, owner_id=order.staff_id or "")
        yield (placed, facts), found
