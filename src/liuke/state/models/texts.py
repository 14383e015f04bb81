"""Changes of offers', campaigns', experiments' and segments' files on their way through four eyes."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

from liuke.govern.approval import STAGES
from liuke.state.models.four_eyes import Drafted

WHATS: Final = ("campaign", "offer", "experiment", "segment")


class TextChange(Drafted):
    """One proposed text of one offer, campaign, experiment or segment. what: of WHATS. preview: what was seen when it
    was proposed, as JSON: of a campaign its effect (`act.campaigns.preview.Previewed`), of an experiment its plan
    (`track.experiments.planner`).
    """

    what = models.CharField(max_length=16)
    preview = models.JSONField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(stage__in=STAGES), name="text_change_stage_known"),
            models.CheckConstraint(condition=models.Q(what__in=WHATS), name="text_change_what_known"),
            models.CheckConstraint(condition=~models.Q(author=models.F("decided_by")), name="text_change_four_eyes"),
            models.CheckConstraint(
                condition=~models.Q(stage="approved") | ~models.Q(decided_by=""), name="text_change_by_somebody"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["what", "code", "stage"], name="text_change_code"),
            models.Index(fields=["what", "stage", "changed_at"], name="text_change_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.code} {self.pk} {self.stage}"
