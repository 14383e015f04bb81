"""Rows ↔ frozen values: the one place where a stored work order becomes an `Order` and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

from liuke.act.loop_policy import Priority
from liuke.act.offers.offer_file import MessageClass
from liuke.act.routing.route import Wants
from liuke.act.workorder import Order, Outcome, State
from liuke.state.models import WorkOrder
from liuke.state.models.orders import ENDED, OPEN

TRIGGER: Final = "trigger"
"""Code of a reason that a trigger rule gave: {code, severity, rule, name: {zh, en}, numbers, evidence, seen}."""
OFFER: Final = "offer"
"""Theme of an order about an offer, and code of its reason: {code, severity, offer, message_class, name: {zh, en}}."""
CAMPAIGN: Final = "campaign"
"""Code of a reason that a campaign gave:
{code, severity, campaign, message_class, name: {zh, en}, wording: {zh, en}}.
"""
_NUMBER: Final[dict[Priority, int]] = {"P1": 1, "P2": 2, "P3": 3}
_PRIORITY: Final = {number: priority for priority, number in _NUMBER.items()}

_NAME_LENGTH: Final = 64
_TIER_LENGTH: Final = 32
"""Longer texts are cut for the list; the customer's page has them whole."""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a list shows beside the order: facts at the decision, copied so that a list needs one table.

    as_of: the data day, of the order's RM too. aum, aum_30: assets then and 30 days before, bank currency. score 0..1.
    tier: the warning tier. bank_tier: the bank's own label. reasons: {code, severity, numbers} each. wants: what is
    asked of who works on it; read when the order is opened, kept nowhere.
    """

    as_of: date
    customer_name: str = ""
    aum: Decimal = Decimal(0)
    aum_30: Decimal = Decimal(0)
    score: float = 0.0
    tier: str = "none"
    bank_tier: str = ""
    customer_since: date | None = None
    reasons: Sequence[Mapping[str, Any]] = ()
    wants: Wants = field(default_factory=Wants)


def order_of(row: WorkOrder) -> Order:
    """The order as a value."""
    return Order(
        order_id=row.order_id,
        loop_id=row.loop_id,
        customer_id=row.customer_id,
        staff_id=row.staff_id,
        branch_id=row.branch_id or None,
        theme=row.theme,
        priority=_PRIORITY[row.priority],
        state=cast(State, row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        warn_at=row.warn_at,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
        first_contact_at=row.first_contact_at,
        next_contact_at=row.next_contact_at,
        closed_at=row.closed_at,
        outcome=cast("Outcome | None", row.outcome),
        attempts=row.attempts,
        reached=row.reached,
        enriched_by=tuple(row.enriched_by),
        escalated_at=row.escalated_at,
        acting_for=row.acting_for or None,
        owner_id=row.owner_id,
        version=row.version,
    )


def message_class_of(reasons: Iterable[Mapping[str, Any]]) -> MessageClass:
    """What a contact about an order with these reasons counts as: marketing where one of them offers something.

    Offers and campaigns say their class; those stored before they did count as marketing, which asks for less.
    """
    said = [r.get("message_class", "marketing") for r in reasons if r.get("code") in (OFFER, CAMPAIGN)]
    return "marketing" if "marketing" in said else "service"


def row_of(order: Order, facts: OrderFacts, now: datetime) -> WorkOrder:
    """A new, unsaved row."""
    row = WorkOrder(order_id=order.order_id, loop_id=order.loop_id, created_at=order.created_at)
    put_order(row, order, now)
    put_facts(row, facts)
    return row


def put_order(row: WorkOrder, order: Order, now: datetime) -> None:
    """Writes the value's fields into the row (not saved)."""
    row.customer_id = order.customer_id
    row.staff_id = order.staff_id
    row.branch_id = order.branch_id or ""
    row.theme = order.theme
    row.priority = _NUMBER[order.priority]
    row.state = order.state
    row.phase = OPEN if order.is_open else ENDED
    row.outcome = order.outcome
    row.due_at = order.due_at
    row.warn_at = order.warn_at
    row.expires_at = order.expires_at
    row.accepted_at = order.accepted_at
    row.first_contact_at = order.first_contact_at
    row.next_contact_at = order.next_contact_at
    row.closed_at = order.closed_at
    row.attempts = order.attempts
    row.reached = order.reached
    row.enriched_by = list(order.enriched_by)
    row.escalated_at = order.escalated_at
    row.acting_for = order.acting_for or ""
    row.owner_id = order.owner_id
    row.version = order.version
    row.updated_at = now


def put_facts(row: WorkOrder, facts: OrderFacts) -> None:
    """Writes the facts to show into the row (not saved)."""
    row.as_of = facts.as_of
    row.customer_name = facts.customer_name[:_NAME_LENGTH]
    row.aum = facts.aum
    row.aum_30 = facts.aum_30
    row.score = facts.score
    row.tier = facts.tier
    row.bank_tier = facts.bank_tier[:_TIER_LENGTH]
    row.customer_since = facts.customer_since
    row.reasons = [dict(reason) for reason in facts.reasons]
