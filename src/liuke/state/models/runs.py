"""The daily run's log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Run(models.Model):
    """One run of a day's batch. status: running | done | failed. counts: rows per step. Times are UTC."""

    as_of = models.DateField(db_index=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    status = models.CharField(max_length=16, default="running")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "done", "failed"]), name="run_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.status}"
