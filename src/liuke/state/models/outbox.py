"""The outbox: messages to be sent, how fast each channel goes, receipts, and refusals that came back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from liuke.act.outbox.delivery import STATES

URGENT, LATER = 0, 1
"""Values of `OutboxMessage.rank`: service messages go before marketing."""


class OutboxMessage(models.Model):
    """One message: `act.outbox.Message` and its `Delivery`. Written in the transaction of what causes it.

    text is as rendered; addresses are never here. next_at: when it is due, or its lease ends; null when it is over.
    receipt: the furthest thing known of the receiver: delivered, undelivered, opened, clicked or ''.
    """

    key = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=32)
    owner = models.CharField(max_length=16)
    owner_id = models.CharField(max_length=64, blank=True, default="")
    loop_id = models.CharField(max_length=64, blank=True, default="")
    step = models.CharField(max_length=32, blank=True, default="")
    campaign = models.CharField(max_length=64, blank=True, default="")
    customer_id = models.CharField(max_length=64, blank=True, default="")
    branch_id = models.CharField(max_length=64, blank=True, default="")
    staff_id = models.CharField(max_length=64, null=True, blank=True)
    message_class = models.CharField(max_length=16)
    rank = models.SmallIntegerField()
    purpose = models.CharField(max_length=32, null=True, blank=True)
    offer_id = models.CharField(max_length=64, blank=True, default="")
    title = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField()
    data = models.JSONField(default=dict)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, default="queued")
    next_at = models.DateTimeField(null=True, blank=True)
    attempts = models.IntegerField(default=0)
    strikes = models.IntegerField(default=0)
    lease_by = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=64, blank=True, default="")
    provider_id = models.CharField(max_length=128, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=16, blank=True, default="")
    receipt_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="outbox_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=("queued", "failed", "sending"), next_at__isnull=False)
                | Q(state__in=("sent", "dead", "cancelled"), next_at__isnull=True),
                name="outbox_due_while_not_over",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["channel", "rank", "next_at", "id"], condition=Q(next_at__isnull=False), name="outbox_due"
            ),
            models.Index(fields=["channel", "state", "updated_at"], name="outbox_state"),
            models.Index(fields=["state", "updated_at"], name="outbox_ended"),
            models.Index(fields=["campaign", "state"], condition=~Q(campaign=""), name="outbox_campaign"),
            models.Index(fields=["customer_id", "sent_at"], name="outbox_customer"),
            models.Index(fields=["channel", "provider_id"], condition=~Q(provider_id=""), name="outbox_provider"),
            models.Index(fields=["sent_at"], condition=Q(sent_at__isnull=False), name="outbox_sent"),
        ]

    def __str__(self) -> str:
        return self.key


class ChannelPace(models.Model):
    """The token bucket and circuit breaker of one channel, shared by all senders: `act.outbox.pace.Pace`.

    trouble: why the gateway failed last, '' after an answer.
    """

    channel = models.CharField(max_length=32, primary_key=True)
    tokens = models.FloatField()
    at = models.DateTimeField()
    failures = models.IntegerField(default=0)
    closed_until = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=64, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.channel


class LakeBatch(models.Model):
    """Rows of one kind that go into the lake in one append; numbered before, so that a repeat is the same append."""

    kind = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


class OutboxReceipt(models.Model):
    """What a provider said of one message, once per kind. batch: of the append to the lake; null while it waits."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    code = models.CharField(max_length=32, blank=True, default="")
    batch = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["message", "kind"], name="receipt_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=Q(batch__isnull=True), name="receipt_waiting"),
            models.Index(fields=["batch"], name="receipt_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind}"


class ChannelRefusal(models.Model):
    """A customer wants no more marketing by this medium. In force at once; carried into the lake's consents.

    address_hash: keyed digest of the address the reply came from ('' when the message itself was answered): it holds
    for whoever has this address, even where the bank knows no customer to it. customer_id: '' where it knows none.
    """

    medium = models.CharField(max_length=16)
    customer_id = models.CharField(max_length=64, blank=True, default="")
    address_hash = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()
    channel = models.CharField(max_length=32)
    batch = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["medium", "customer_id", "address_hash"], name="refusal_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer_id", "medium"], name="refusal_customer"),
            models.Index(fields=["address_hash"], name="refusal_address"),
            models.Index(fields=["id"], condition=Q(batch__isnull=True) & ~Q(customer_id=""), name="refusal_waiting"),
            models.Index(fields=["batch"], name="refusal_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.medium} {self.customer_id or self.address_hash[:8]}"
