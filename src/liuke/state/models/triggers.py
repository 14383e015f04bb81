"""Matches of trigger rules and what was decided about each: the head rows of decisions made within the day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class TriggerMatch(models.Model):
    """A rule held for a customer once. Written in the transaction that opens the order, so there are both or neither.

    loop_id: names match and decision; deterministic, so that a stream read again writes nothing twice. matched_at:
    the rule's own moment (event time), UTC. evidence: ids of the events that made it. numbers: count, total, first,
    last of `act.triggers.Match`. fate: treated and holdout are decisions; the others are gates that stopped it.
    decision: the DECISION row as JSON, null where nothing was decided. match_ms, lag_ms: from receiving the newest
    event of the evidence until the match was at hand, and until it and its order were written (the moment before the
    commit); null where the clock fired it, or the event came before a restart. batch: the append to the lake that
    carries the decision; null while it waits.
    """

    loop_id = models.CharField(max_length=64, unique=True)
    rule = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    customer_id = models.CharField(max_length=64)
    branch_id = models.CharField(max_length=64, blank=True, default="")
    staff_id = models.CharField(max_length=64, null=True, blank=True)
    matched_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    evidence = models.JSONField(default=list)
    numbers = models.JSONField(default=dict)
    fate = models.CharField(max_length=16)
    decision = models.JSONField(null=True, blank=True)
    match_ms = models.IntegerField(null=True, blank=True)
    lag_ms = models.IntegerField(null=True, blank=True)
    batch = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["rule", "decided_at"], name="match_decided"),
            models.Index(fields=["rule", "matched_at"], name="match_rule"),
            models.Index(fields=["customer_id", "matched_at"], name="match_customer"),
            models.Index(
                fields=["id"], condition=models.Q(batch__isnull=True, decision__isnull=False), name="match_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.loop_id}"


class DecisionBatch(models.Model):
    """Decisions that go into the lake in one append; numbered before, so that a repeat is the same append."""

    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)
