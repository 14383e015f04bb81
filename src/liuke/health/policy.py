"""`policies/health.yaml`: from when on something counts as wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from liuke.yaml_file import Document, load_yaml


class HealthPolicy(Document):
    """Limits of health findings; labelled defaults, ours. A missing file means these.

    run_late_days: calendar days that the newest finished run may lie behind today. anchor_late_days: the same of the
    audit log's newest anchor. silent_minutes: without any event from apps and sites, where some came in the last day.
    waiting_minutes: that an event or a due message may wait. dead_share: of the messages that ended in the last day,
    from dead_at_least on. late_share: of the open orders, those whose first contact is overdue, from late_at_least on.
    free_share: of the disk that the bank home lies on.
    """

    run_late_days: int = Field(2, ge=1)
    anchor_late_days: int = Field(3, ge=1)
    silent_minutes: int = Field(60, ge=1)
    waiting_minutes: int = Field(15, ge=1)
    dead_share: float = Field(0.05, gt=0, le=1)
    dead_at_least: int = Field(20, ge=1)
    late_share: float = Field(0.3, gt=0, le=1)
    late_at_least: int = Field(20, ge=1)
    free_share: float = Field(0.05, gt=0, lt=1)

    @property
    def silent(self) -> timedelta:
        """How long without any event."""
        return timedelta(minutes=self.silent_minutes)

    @property
    def waiting(self) -> timedelta:
        """How long an event or a due message may wait."""
        return timedelta(minutes=self.waiting_minutes)


def read_health_policy(path: Path) -> HealthPolicy:
    """The policy of the file, the defaults without one. Raises YourMistake that names line and key."""
    return load_yaml(path, HealthPolicy) if path.is_file() else HealthPolicy()
