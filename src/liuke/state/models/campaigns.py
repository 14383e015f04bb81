"""Where each campaign stands on its way through four eyes and its life; its text is the file in `campaigns/`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.act.campaigns.stage import STAGES


class CampaignState(models.Model):
    """One campaign, by its code. text_version: `Campaign.version` that was proposed or approved: another text enters
    nobody until it is approved too. author: who proposed it; note: why. decided_by, reason: who decided, and why.
    preview: what `act.campaigns.preview.Previewed` said when it was proposed, as JSON. version: rises with every step.
    started_on, ended_on: data days of the runs that began and ended it.
    """

    code = models.CharField(max_length=64, unique=True)
    text_version = models.CharField(max_length=32)
    stage = models.CharField(max_length=16, default="draft")
    author = models.CharField(max_length=150)
    note = models.TextField(blank=True, default="")
    decided_by = models.CharField(max_length=150, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    preview = models.JSONField(null=True, blank=True)
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(stage__in=STAGES), name="campaign_stage_known"),
            models.CheckConstraint(condition=~models.Q(author=models.F("decided_by")), name="campaign_four_eyes"),
            models.CheckConstraint(
                condition=~models.Q(stage__in=("approved", "running", "paused")) | ~models.Q(decided_by=""),
                name="campaign_works_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.stage}"
