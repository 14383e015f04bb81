"""Work orders 工单 and what happened to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from liuke.govern.access import Scope
from liuke.state.models.in_scope import in_scope

OPEN, ENDED = 0, 1
"""Values of `WorkOrder.phase`. A number, because SQLite cannot search an index by a bare boolean."""

_LIST = ["phase", "priority", "due_at", "id", "attempts", "next_contact_at", "escalated_at", "tier", "theme"]
"""Columns of a list index after its owner: order of urgency first, then what tab counts and filters need (covering)."""


class OrderQuerySet(models.QuerySet["WorkOrder"]):
    """Queries on work orders; begin with `visible_to`."""

    def visible_to(self, scope: Scope) -> Self:
        """Orders in the scope: books and shared customers of RMs and team leads, the branch subtree of the others."""
        return self.filter(in_scope(scope))

    def lent_to(self, staff_ids: Collection[str]) -> Self:
        """Open orders on these desks whose customers are in another's book or in none, as when they were opened."""
        mine = self.open().filter(staff_id__in=staff_ids, owner_id__isnull=False)
        return mine.exclude(owner_id__in=staff_ids)

    def open(self) -> Self:
        """Orders still to be worked."""
        return self.filter(phase=OPEN)


class WorkOrder(models.Model):
    """One customer to look after, for one theme, with a deadline: `act.workorder.Order` plus facts to show.

    Times are UTC. order_id, loop_id … enriched_by mean what they mean in `Order`; priority is 1, 2 or 3. aum,
    aum_30: the customer's assets on `as_of` and 30 days before, in the bank's currency. reasons: list of
    {code, severity, numbers}. phase follows closed_at: OPEN while it is null.
    """

    order_id = models.CharField(max_length=64, unique=True)
    loop_id = models.CharField(max_length=64, unique=True)
    customer_id = models.CharField(max_length=64)
    customer_name = models.CharField(max_length=64, blank=True, default="")
    staff_id = models.CharField(max_length=64, null=True, blank=True)
    branch_id = models.CharField(max_length=64, blank=True, default="")
    theme = models.CharField(max_length=32)
    priority = models.SmallIntegerField()
    state = models.CharField(max_length=16)
    phase = models.SmallIntegerField(default=OPEN)
    outcome = models.CharField(max_length=32, null=True, blank=True)
    as_of = models.DateField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    first_contact_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    next_contact_at = models.DateTimeField(null=True, blank=True)
    attempts = models.IntegerField(default=0)
    reached = models.IntegerField(default=0)
    enriched_by = models.JSONField(default=list)
    escalated_at = models.DateTimeField(null=True, blank=True)
    acting_for = models.CharField(max_length=64, blank=True, default="")
    owner_id = models.CharField(max_length=64, null=True, blank=True)
    version = models.IntegerField(default=1)
    aum = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    aum_30 = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    score = models.FloatField(default=0.0)
    tier = models.CharField(max_length=16, default="none")
    bank_tier = models.CharField(max_length=32, blank=True, default="")
    customer_since = models.DateField(null=True, blank=True)
    reasons = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["customer_id", "theme"], condition=Q(phase=OPEN), name="order_once_per_theme"
            ),
            models.CheckConstraint(
                condition=Q(phase=OPEN, closed_at__isnull=True) | Q(phase=ENDED, closed_at__isnull=False),
                name="order_phase_true",
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 3)), name="order_priority_known"),
            models.CheckConstraint(condition=Q(warn_at__lte=F("due_at")), name="order_warned_before_due"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["staff_id", *_LIST], name="order_staff_list"),
            models.Index(fields=["branch_id", *_LIST], name="order_branch_list"),
            models.Index(fields=_LIST, name="order_bank_list"),
            models.Index(fields=["staff_id", "closed_at"], name="order_staff_closed"),
            models.Index(fields=["branch_id", "closed_at"], name="order_branch_closed"),
            models.Index(fields=["closed_at"], name="order_closed"),
            models.Index(fields=["phase", "expires_at"], name="order_expiry"),
            models.Index(fields=["phase", "escalated_at", "first_contact_at", "due_at"], name="order_escalation"),
            models.Index(fields=["phase", "next_contact_at", "branch_id", "staff_id"], name="order_promised"),
            models.Index(
                fields=["staff_id", "due_at", "first_contact_at", "closed_at", "branch_id"], name="order_first_contact"
            ),
            models.Index(fields=["customer_id"], name="order_customer"),
        ]

    def __str__(self) -> str:
        return self.order_id


class OrderLoop(models.Model):
    """Which order a decision led to: its own, or the open one it enriched. Makes opening orders idempotent."""

    loop_id = models.CharField(max_length=64, primary_key=True)
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="loops")

    def __str__(self) -> str:
        return self.loop_id


class OrderEvent(models.Model):
    """One thing that happened to an order, in the order of `id`.

    kind: opened, enriched, expired by the daily run; escalated, escalated_late, reminder by the clock; hand_over by it
    and by people; accept, contact, cancel by people.
    channel, result: of a contact, as in the `contact` contract. note: what the RM wrote, scrubbed of card
    numbers and passwords.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    kind = models.CharField(max_length=32)
    channel = models.CharField(max_length=16, blank=True, default="")
    result = models.CharField(max_length=16, blank=True, default="")
    outcome = models.CharField(max_length=32, blank=True, default="")
    note = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], name="order_event_at"),
            models.Index(fields=["actor", "kind", "at"], name="order_event_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
