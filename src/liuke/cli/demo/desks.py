"""The simulated RMs at their desks: they log on the real work orders what they did and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.db import transaction

from liuke.act.workorder import Channel, Outcome, Result
from liuke.govern.access import scope_of
from liuke.sim import JUDGEMENTS, Contacts, Orders, World, ordinal, positions, rm_works
from liuke.state.actions.change_order import Who
from liuke.state.actions.log_contact import ContactReport, log_contact
from liuke.state.models import WorkOrder

_CHANNELS: tuple[Channel, ...] = ("phone", "wecom", "visit")
_RESULTS: tuple[Result, ...] = ("reached", "not_reached", "refused")
STAYS_OPEN: frozenset[Outcome] = frozenset({"undecided", "unreachable"})
NEXT_CALL = timedelta(days=5)
_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One contact an RM will make: on which order, when (aware), how it goes and what he logs."""

    order_id: str
    staff_id: str
    at: datetime
    channel: Channel
    result: Result
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Diary:
    """Calls to come, and the same as contacts for the world to live through."""

    calls: tuple[Call, ...]
    contacts: Contacts

    def due(self, until: date, zone_offset: timedelta) -> tuple[list[Call], Diary]:
        """The calls made by the end of bank-local `until`, oldest first, and the diary without them."""
        over = _MIDNIGHT + timedelta(days=ordinal(until) + 1) - zone_offset
        now = sorted((c for c in self.calls if c.at < over), key=lambda c: c.at)
        return now, Diary(tuple(c for c in self.calls if c.at >= over), self.contacts)


def plan_calls(world: World, day: date, midnight_offset: timedelta) -> Diary:
    """What the RMs will do about the orders opened for `day`."""
    orders = list(WorkOrder.objects.filter(as_of=day, staff_id__isnull=False).order_by("order_id"))
    who = positions(world, [order.customer_id for order in orders])
    days = np.full(len(orders), ordinal(day), np.int64)
    worked = rm_works(world, Orders(who, days, world.bank.customers.rm[who]))
    done = worked.contacts
    calls = tuple(
        Call(
            order.order_id,
            str(order.staff_id),
            _MIDNIGHT + timedelta(days=int(done.day[i]), seconds=int(done.second[i])) - midnight_offset,
            _CHANNELS[done.channel[i]],
            _RESULTS[done.result[i]],
            JUDGEMENTS[worked.judgement[i]],  # type: ignore[arg-type]
        )
        for i, order in enumerate(orders)
    )
    return Diary(calls, done)


def log_calls(calls: list[Call]) -> None:
    """Logs the calls on their orders as the RMs would, through the same action as the console."""
    with transaction.atomic():
        for call in calls:
            scope = scope_of(call.staff_id, "rm", subtree=(), staff_id=call.staff_id)
            log_contact(Who(scope, call.at), call.order_id, _report(call))


def _report(call: Call) -> ContactReport:
    """What the RM logs: customers who are undecided or could not be reached stay on the desk for another call."""
    if call.outcome in STAYS_OPEN:
        return ContactReport(call.channel, call.result, next_contact_at=call.at + NEXT_CALL)
    return ContactReport(call.channel, call.result, call.outcome)
