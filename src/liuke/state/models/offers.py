"""Approvals of offers on their way through four eyes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.govern.approval import STAGES
from liuke.state.models.four_eyes import Proposed


class OfferApproval(Proposed):
    """A request that an offer's file be approved, or withdrawn, as it stands in `base`. wish: approved | withdrawn."""

    wish = models.CharField(max_length=16)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(stage__in=STAGES), name="offer_approval_stage_known"),
            models.CheckConstraint(condition=~models.Q(author=models.F("decided_by")), name="offer_approval_four_eyes"),
            models.CheckConstraint(
                condition=~models.Q(stage="approved") | ~models.Q(decided_by=""), name="offer_approval_by_somebody"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(stage="proposed"), name="offer_approval_one_at_a_time"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["code", "changed_at"], name="offer_approval_code"),
            models.Index(fields=["stage", "changed_at"], name="offer_approval_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.wish} {self.stage}"
