"""Where each campaign stands on its way through four eyes and its life; its text is the file in `campaigns/`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.act.campaigns.stage import STAGES
from liuke.state.models.four_eyes import Proposed


class CampaignState(Proposed):
    """One campaign, by its code. text_version: `Campaign.version` that was proposed or approved: another text enters
    nobody until it is approved too. stage: `act.campaigns.stage.Stage`. preview: what `act.campaigns.preview.Previewed`
    said when it was proposed, as JSON. started_on, ended_on: bank-local days on which a run began and ended it.
    """

    base = None  # type: ignore[assignment]  # no such column: its text is never written here
    code = models.CharField(max_length=64, unique=True)
    text_version = models.CharField(max_length=32)
    preview = models.JSONField(null=True, blank=True)
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
