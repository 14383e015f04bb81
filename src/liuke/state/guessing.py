"""How often wrong codes were tried, kept where every process sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from liuke.act.progress.guessing import GuessTerms, Tries, fresh, tried, was_right
from liuke.errors import TryAgain
from liuke.state.models import GuessGuard


class TooManyTries(TryAgain):
    """Too many wrong codes: nothing was looked up. retry_after: whole seconds."""

    def __init__(self, wait: timedelta) -> None:
        self.retry_after = max(1, math.ceil(wait.total_seconds()))
        super().__init__(
            "too many wrong codes", state="nothing was looked up", then=f"try again in {self.retry_after} seconds"
        )


def let_try(subjects: Mapping[str, GuessTerms], now: datetime) -> None:
    """Counts a try of each subject, as wrong until `forgive`. Raises TooManyTries, and counts none, while one waits."""
    with transaction.atomic():
        for subject, terms in sorted(subjects.items()):
            row = _locked(subject, now)
            wait, after = tried(_tries(row), terms, now)
            if wait:
                raise TooManyTries(wait)
            _keep(row, after)


def forgive(subjects: Mapping[str, GuessTerms]) -> None:
    """The try was right after all."""
    with transaction.atomic():
        for row in GuessGuard.objects.select_for_update().filter(subject__in=subjects).order_by("subject"):
            _keep(row, was_right(_tries(row)))


def _locked(subject: str, now: datetime) -> GuessGuard:
    new = fresh(now)
    GuessGuard.objects.get_or_create(subject=subject, defaults={"at": new.at, "until": new.until})
    return GuessGuard.objects.select_for_update().get(subject=subject)


def _tries(row: GuessGuard) -> Tries:
    return Tries(row.misses, row.at, row.until)


def _keep(row: GuessGuard, tries: Tries) -> None:
    row.misses, row.at, row.until = tries.misses, tries.at, tries.until
    row.save()
