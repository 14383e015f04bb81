"""Long lists that somebody wants to export and a second person lets go."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.govern.approval import STAGES
from liuke.state.models.four_eyes import Proposed


class LongExport(Proposed):
    """One list, by its segment's code. rows: customers in the author's scope when asked. definition: the segment's
    version. spent_at: when it was exported; what was let go is exported once.
    """

    rows = models.IntegerField()
    definition = models.CharField(max_length=64)
    spent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(stage__in=STAGES), name="long_export_stage_known"),
            models.UniqueConstraint(
                fields=["code", "author"], condition=models.Q(stage="proposed"), name="long_export_asked_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["stage", "-proposed_at"], name="long_export_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.author} {self.stage}"
