"""As of when the bank's data stand: shown at the head of every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from liuke.state.models import Run

_PATIENCE = timedelta(days=2)
"""T+1 data are one day old in the morning; older than two days is late."""


@dataclass(frozen=True, slots=True)
class DataDate:
    """day: the last business day of the newest finished run, None before the first. late: older than 2 days."""

    day: date | None
    late: bool


def data_date() -> DataDate:
    """The date of the newest finished daily run."""
    newest = Run.objects.filter(status="done").order_by("-as_of").values_list("as_of", flat=True).first()
    late = newest is not None and timezone.localdate() - newest > _PATIENCE
    return DataDate(newest, late)
