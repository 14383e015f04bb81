"""Matches of trigger rules that nothing became of because the customer refuses automated decisions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from liuke.govern.access import Scope, require
from liuke.state.models import TriggerMatch
from liuke.state.models.in_scope import in_scope

MOST: Final = 50


def left_matches(scope: Scope, rules: Collection[str], since: datetime) -> list[TriggerMatch]:
    """The newest of these rules decided since then, of the person's scope; at most MOST."""
    require(scope, "see_customers")
    rows = TriggerMatch.objects.filter(rule__in=list(rules), decided_at__gte=since, fate="gated")
    rows = rows.filter(in_scope(scope), numbers__stopped__rule="automated_off")
    return list(rows.order_by("-decided_at", "-id")[:MOST])
