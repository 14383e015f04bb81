"""Matches of trigger rules that nothing became of because the customer refuses automated decisions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Q

from liuke.govern.access import Scope, require
from liuke.state.models import TriggerMatch

MOST: Final = 50


def left_matches(scope: Scope, rules: Collection[str], since: datetime) -> list[TriggerMatch]:
    """The newest of these rules decided since then, of the person's scope; at most MOST."""
    require(scope, "see_customers")
    rows = TriggerMatch.objects.filter(rule__in=list(rules), decided_at__gte=since, fate="gated")
    rows = rows.filter(numbers__stopped__rule="automated_off")
    if scope.role == "rm":
        own = Q(pk__in=[]) if scope.staff_id is None else Q(staff_id=scope.staff_id)
        rows = rows.filter(own | Q(customer_id__in=sorted(scope.customers)))
    elif scope.branches is not None:
        rows = rows.filter(branch_id__in=sorted(scope.branches))
    return list(rows.order_by("-decided_at", "-id")[:MOST])
