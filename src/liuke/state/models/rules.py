"""Changes of trigger rules on their way through four eyes, and replays asked for in the console."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.govern.approval import STAGES
from liuke.state.models.four_eyes import Drafted


class RuleChange(Drafted):
    """One proposed text of one rule."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(stage__in=STAGES), name="rule_change_stage_known"),
            models.CheckConstraint(condition=~models.Q(author=models.F("decided_by")), name="rule_change_four_eyes"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["code", "stage", "decided_at"], name="rule_change_code"),
            models.Index(fields=["stage", "changed_at"], name="rule_change_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.pk} {self.stage}"


class RuleReplay(models.Model):
    """One run of a rule over the past, in a process of its own.

    text: the rule as it was then; meaning: `TriggerFile.meaning` of it. first, last: days, both included. state:
    waiting | running | done | stopped | failed. seen_at: when its process last told how far it is: events. result:
    `streaming.replay.Replayed` as JSON. trouble: why it failed.
    """

    code = models.CharField(max_length=64)
    text = models.TextField()
    meaning = models.CharField(max_length=32)
    first = models.DateField()
    last = models.DateField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, default="waiting")
    stop = models.BooleanField(default=False)
    events = models.BigIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    trouble = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "stopped", "failed"]),
                name="rule_replay_state_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["code", "meaning", "state"], name="rule_replay_meaning"),
            models.Index(fields=["state", "seen_at"], name="rule_replay_state"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.first} {self.last} {self.state}"
