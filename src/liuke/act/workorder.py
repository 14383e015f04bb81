"""Work order 工单 as a value: `(order, event, now) -> (order, effects)`. The state app stores and applies.

    new ─Assign→ assigned ─Accept→ accepted ─Contact→ contacting ─Close→ done
     └──────────────┴──────────────────┴────────────────┴─ Expire → expired | Cancel → cancelled

A contact logged on an assigned order accepts it, so that two clicks are enough. Closed orders never move. Escalate
升级 moves nothing: once the first contact is overdue it puts the order before the branch head as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from liuke.act.loop_policy import TIER_ORDER, LoopPolicy, Priority
from liuke.clock import WorkCalendar
from liuke.errors import OurBug, YourMistake

State = Literal["new", "assigned", "accepted", "contacting", "done", "expired", "cancelled"]
Outcome = Literal["saved", "undecided", "lost", "unreachable", "wrong_signal"]
Channel = Literal["phone", "wecom", "visit", "sms", "push", "email", "other"]
Result = Literal["reached", "not_reached", "refused"]
Sla = Literal["on_time", "warn", "overdue"]

OPEN_STATES: tuple[State, ...] = ("new", "assigned", "accepted", "contacting")
CLOSED_STATES: tuple[State, ...] = ("done", "expired", "cancelled")
WARN_SHARE = 0.8
"""Share of the SLA's working time after which an order is shown as about to be late."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order for one customer and theme. All moments are aware UTC.

    order_id: 'W' and the rest of the loop_id that opened it. staff_id: whose desk; None while in the branch's
    pool. due_at: by when the first contact must be tried; warn_at: after 80% of that working time;
    expires_at: when an unfinished order lapses. attempts, reached: contacts tried, and those that got through.
    version: 1 when opened, one more with every event (optimistic locking). enriched_by: later loops that met
    this order still open, oldest first. escalated_at: when it came before the branch head, once in its life.
    acting_for 代: the RM on leave whose deputy got it; None once it is handed over. owner_id: the customer's RM when it
    was opened, '' for none; None where that was not kept.
    """

    order_id: str
    loop_id: str
    customer_id: str
    staff_id: str | None
    branch_id: str | None
    theme: str
    priority: Priority
    state: State
    created_at: datetime
    due_at: datetime
    warn_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    first_contact_at: datetime | None = None
    next_contact_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    attempts: int = 0
    reached: int = 0
    enriched_by: tuple[str, ...] = ()
    escalated_at: datetime | None = None
    acting_for: str | None = None
    owner_id: str | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Assign:
    """Puts a pooled order on an RM's desk."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class Accept:
    """The RM takes the order."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact was tried. The note itself is stored by the state app; here only its length."""

    channel: Channel
    result: Result
    note_length: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """The next contact is agreed for a moment in the future."""

    next_contact_at: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """The RM's own judgement of how it ended; never used as the measured outcome."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Expire:
    """The order's time is over; only from `expires_at` on."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The order is withdrawn, e.g. the customer asked not to be called."""

    reason: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """移交 to another RM; an accepted order must be accepted again. The due time stays."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class Enrich:
    """A later decision for the same customer and theme. More urgent ones bring the due time forward, never back."""

    loop_id: str
    priority: Priority
    due_at: datetime
    warn_at: datetime


@dataclass(frozen=True, slots=True)
class Escalate:
    """升级: nobody tried to reach the customer in time; the branch head is told, the order stays where it is."""


Event: TypeAlias = Assign | Accept | Contact | Promise | Close | Expire | Cancel | HandOver | Enrich | Escalate


@dataclass(frozen=True, slots=True)
class Tell:
    """Effect: show something new on a desk (an RM's, or the branch's pool when staff_id is None)."""

    staff_id: str | None
    branch_id: str | None
    topic: Literal["assigned", "handed_over", "taken_away", "enriched", "expired", "cancelled", "closed", "escalated"]


@dataclass(frozen=True, slots=True)
class RecordContact:
    """Effect: write a CONTACT row with this content."""

    customer_id: str
    staff_id: str | None
    loop_id: str
    channel: Channel
    result: Result
    occurred_at: datetime


Effect: TypeAlias = Tell | RecordContact
Step: TypeAlias = tuple[Order, tuple[Effect, ...]]


class IllegalMove(YourMistake):
    """The event is not possible for the order as it stands; `then` names what is."""


_MOVES: dict[State, tuple[type[Event], ...]] = {
    "new": (Assign, Enrich, Escalate, Expire, Cancel),
    "assigned": (Accept, Contact, Close, HandOver, Enrich, Escalate, Expire, Cancel),
    "accepted": (Contact, Promise, Close, HandOver, Enrich, Escalate, Expire, Cancel),
    "contacting": (Contact, Promise, Close, HandOver, Enrich, Expire, Cancel),
    "done": (),
    "expired": (),
    "cancelled": (),
}


def possible_moves(order: Order) -> tuple[str, ...]:
    """Names of the events the order's state allows, e.g. for the buttons of a face."""
    return tuple(event.__name__ for event in _MOVES[order.state])


def open_order(decision: Mapping[str, Any], policy: LoopPolicy, calendar: WorkCalendar, now: datetime) -> Order:
    """The order of one treated DECISION row: assigned when it names an RM, else new in the branch's pool.

    now: aware; the SLA's clock starts with the next working minute. Raises OurBug for a held-out decision,
    because an order there would spoil the measurement.
    """
    if decision["arm"] != "treated":
        raise OurBug(
            f"a work order was asked for the held-out decision {decision['loop_id']}",
            expected="orders for treated decisions only",
            then="report this; nothing was opened",
        )
    priority, due_at, warn_at = deadline(str(decision["tier"]), policy, calendar, now)
    order = Order(
        order_id="W" + str(decision["loop_id"])[1:],
        loop_id=decision["loop_id"],
        customer_id=decision["customer_id"],
        staff_id=None,
        branch_id=decision["branch_id"],
        theme=decision["treatment"] or policy.treatment,
        priority=priority,
        state="new",
        created_at=now,
        due_at=due_at,
        warn_at=warn_at,
        expires_at=max(now + timedelta(days=policy.order_valid_days), due_at),
    )
    staff_id = decision["staff_id"]
    return replace(order, staff_id=staff_id, state="assigned") if staff_id else order


def enrichment(decision: Mapping[str, Any], policy: LoopPolicy, calendar: WorkCalendar, now: datetime) -> Enrich:
    """The event with which a treated decision joins an order that is still open for the customer and theme."""
    priority, due_at, warn_at = deadline(str(decision["tier"]), policy, calendar, now)
    return Enrich(decision["loop_id"], priority, due_at, warn_at)


def deadline(
    tier: str, policy: LoopPolicy, calendar: WorkCalendar, now: datetime
) -> tuple[Priority, datetime, datetime]:
    """Priority, due time and warn time of a tier when the clock starts at `now`."""
    known = next((t for t in TIER_ORDER if t == tier), TIER_ORDER[-1])
    rule = policy.priorities[known]
    return (
        rule.priority,
        calendar.add_work_time(now, rule.sla),
        calendar.add_work_time(now, rule.sla * WARN_SHARE),
    )


def advance(order: Order, event: Event, now: datetime) -> Step:
    """The order after `event` at `now` (aware UTC), and what the shell has to do about it.

    Raises IllegalMove, changing nothing, when the state or the order's history does not allow the event.
    """
    if type(event) not in _MOVES[order.state]:
        raise _illegal(order, f"{type(event).__name__} is not possible while the order is '{order.state}'")
    changed, effects = _HANDLERS[type(event)](order, event, now)
    return replace(changed, version=order.version + 1), effects


def play(order: Order, events: Iterable[Event], now: datetime) -> Step:
    """Several events of one moment, all or none: e.g. a contact and its outcome from one form."""
    effects: tuple[Effect, ...] = ()
    for event in events:
        order, more = advance(order, event, now)
        effects += more
    return order, effects


def sla(order: Order, now: datetime) -> Sla:
    """Whether the first contact is or was in time. The first contact (or the closing) stops the clock."""
    stopped = order.first_contact_at or order.closed_at
    moment = stopped or now
    if moment > order.due_at:
        return "overdue"
    return "on_time" if stopped or moment < order.warn_at else "warn"


def _assign(order: Order, event: Any, now: datetime) -> Step:
    return replace(order, staff_id=event.staff_id, state="assigned"), (
        Tell(event.staff_id, order.branch_id, "assigned"),
    )


def _accept(order: Order, event: Any, now: datetime) -> Step:
    return replace(order, state="accepted", accepted_at=now), ()


def _contact(order: Order, event: Any, now: datetime) -> Step:
    changed = replace(
        order,
        state="contacting",
        accepted_at=order.accepted_at or now,
        first_contact_at=order.first_contact_at or now,
        next_contact_at=None,
        attempts=order.attempts + 1,
        reached=order.reached + (event.result != "not_reached"),
    )
    record = RecordContact(order.customer_id, order.staff_id, order.loop_id, event.channel, event.result, now)
    return changed, (record,)


def _promise(order: Order, event: Any, now: datetime) -> Step:
    if event.next_contact_at <= now:
        raise _illegal(order, "the next contact must lie in the future")
    return replace(order, next_contact_at=event.next_contact_at), ()


def _close(order: Order, event: Any, now: datetime) -> Step:
    if event.outcome in ("saved", "undecided", "lost") and not order.reached:
        raise _illegal(order, f"outcome '{event.outcome}' needs a contact that reached the customer; log it first")
    if event.outcome == "unreachable" and (order.reached or not order.attempts):
        raise _illegal(order, "outcome 'unreachable' needs at least one contact tried and none that got through")
    closed = replace(order, state="done", outcome=event.outcome, closed_at=now, next_contact_at=None)
    return closed, (Tell(order.staff_id, order.branch_id, "closed"),)


def _expire(order: Order, event: Any, now: datetime) -> Step:
    if now < order.expires_at:
        raise _illegal(order, f"the order is valid until {order.expires_at:%Y-%m-%d %H:%M} UTC")
    expired = replace(order, state="expired", closed_at=now, next_contact_at=None)
    return expired, (Tell(order.staff_id, order.branch_id, "expired"),)


def _cancel(order: Order, event: Any, now: datetime) -> Step:
    cancelled = replace(order, state="cancelled", closed_at=now, next_contact_at=None)
    return cancelled, (Tell(order.staff_id, order.branch_id, "cancelled"),)


def _hand_over(order: Order, event: Any, now: datetime) -> Step:
    if event.staff_id == order.staff_id:
        raise _illegal(order, "the order is on this desk already")
    moved = replace(order, staff_id=event.staff_id, state="assigned", accepted_at=None, acting_for=None)
    return moved, (
        Tell(order.staff_id, order.branch_id, "taken_away"),
        Tell(event.staff_id, order.branch_id, "handed_over"),
    )


def _enrich(order: Order, event: Any, now: datetime) -> Step:
    if event.loop_id == order.loop_id or event.loop_id in order.enriched_by:
        raise _illegal(order, f"decision {event.loop_id} is part of the order already")
    enriched = replace(order, enriched_by=(*order.enriched_by, event.loop_id))
    if event.priority < order.priority:  # "P1" sorts before "P2"
        enriched = replace(
            enriched,
            priority=event.priority,
            due_at=min(order.due_at, event.due_at),
            warn_at=min(order.warn_at, event.warn_at),
        )
    return enriched, (Tell(order.staff_id, order.branch_id, "enriched"),)


def _escalate(order: Order, event: Any, now: datetime) -> Step:
    if order.escalated_at is not None:
        raise _illegal(order, "the order was escalated already")
    if order.first_contact_at is not None or sla(order, now) != "overdue":
        raise _illegal(
            order, f"only orders whose first contact is overdue escalate; due {order.due_at:%Y-%m-%d %H:%M} UTC"
        )
    return replace(order, escalated_at=now), (Tell(None, order.branch_id, "escalated"),)


def _illegal(order: Order, what: str) -> IllegalMove:
    moves = ", ".join(possible_moves(order)) or "none; the order is closed"
    return IllegalMove(what, state=f"order {order.order_id} is '{order.state}'", then=f"possible now: {moves}")


_HANDLERS: dict[type[Event], Callable[[Order, Any, datetime], Step]] = {
    Assign: _assign,
    Accept: _accept,
    Contact: _contact,
    Promise: _promise,
    Close: _close,
    Expire: _expire,
    Cancel: _cancel,
    HandOver: _hand_over,
    Enrich: _enrich,
    Escalate: _escalate,
}
