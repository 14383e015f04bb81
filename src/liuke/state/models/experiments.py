"""Where each experiment stands on its way through four eyes and its life, and what was frozen when it started."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.state.models.four_eyes import Proposed
from liuke.track.experiments.stage import STAGES, STARTED


class ExperimentState(Proposed):
    """One experiment, by its code. text_version: `Experiment.version` that was proposed or approved; text: its file
    then. plan: `planner.as_json` of the plan that was approved. registration: `registration.as_json`, written once,
    when it starts. started_on, ended_on: first and last data day whose entrants count. ended_because: the stop rule
    that ended it, or 'by_hand'.
    """

    base = None  # type: ignore[assignment]  # no such column: its file is never written here
    code = models.CharField(max_length=64, unique=True)
    text = models.TextField(blank=True, default="")
    text_version = models.CharField(max_length=32)
    plan = models.JSONField(null=True, blank=True)
    registration = models.JSONField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    ended_because = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(stage__in=STAGES), name="experiment_stage_known"),
            models.CheckConstraint(condition=~models.Q(author=models.F("decided_by")), name="experiment_four_eyes"),
            models.CheckConstraint(
                condition=~models.Q(stage__in=("approved", *STARTED)) | ~models.Q(decided_by=""),
                name="experiment_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(stage__in=STARTED)
                | (models.Q(registration__isnull=False) & models.Q(started_on__isnull=False)),
                name="experiment_started_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.stage}"
