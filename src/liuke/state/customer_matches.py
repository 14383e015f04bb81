"""Matches of trigger rules about one customer, as they were decided."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from liuke.govern.access import Scope, require
from liuke.state.models import TriggerMatch

MOST: Final = 50
_HIDDEN: Final = ("shadow", "holdout", "withheld")


def matches_since(scope: Scope, customer_id: str, since: datetime, *, draws: bool) -> list[TriggerMatch]:
    """Decided since then, the newest first, at most MOST. draws: those held out, and of rules in the shadow, as well;
    whoever may not know who is held out reads nothing of them. The caller has made sure that the customer is in scope.
    """
    require(scope, "see_customers")
    rows = TriggerMatch.objects.filter(customer_id=customer_id, decided_at__gte=since)
    if not draws:
        rows = rows.exclude(fate__in=_HIDDEN)
    return list(rows.order_by("-decided_at", "-id")[:MOST])
