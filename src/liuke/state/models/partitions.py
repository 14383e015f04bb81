"""Partitions of the trigger stream: who has each, and which snapshot of its state is the valid one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class StreamPartition(models.Model):
    """One partition of a topic as a consumer group works on it.

    partitions: how many the topic had when this one was first claimed; customers are keyed by it. epoch: rises with
    every claim; whoever holds an older one may write nothing. owner: the last claimant, for people to read. snapshot:
    file name within the snapshots' folder, '' before the first. position: the message to read next, true for the
    snapshot. read, end: as the owner last told at `told_at`, the message it reads next, none while it is being told its
    past, and the one that comes next into the topic.
    """

    group = models.CharField(max_length=200)
    topic = models.CharField(max_length=249)
    number = models.IntegerField()
    partitions = models.IntegerField()
    epoch = models.BigIntegerField(default=0)
    owner = models.CharField(max_length=200, blank=True, default="")
    snapshot = models.CharField(max_length=200, blank=True, default="")
    position = models.BigIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    read = models.BigIntegerField(null=True, blank=True)
    end = models.BigIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["group", "topic", "number"], name="one_row_a_partition"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}/{self.number}"
