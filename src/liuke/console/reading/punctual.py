"""How punctually orders were worked: from the state database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncWeek

from liuke.govern.access import Scope
from liuke.state.models import WorkOrder


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Orders whose first contact was due in the span: how many had it in time. weeks: share per week."""

    due: int
    in_time: int
    open_orders: int
    weeks: tuple[float, ...]

    @property
    def share(self) -> float | None:
        """Share in time; None when nothing was due."""
        return self.in_time / self.due if self.due else None


def punctuality(scope: Scope, now: datetime, span_days: int) -> Punctuality:
    """Orders of the scope that fell due in the last `span_days` days. Cancelled orders do not count."""
    mine = WorkOrder.objects.visible_to(scope)
    due = mine.filter(due_at__lte=now, due_at__gt=now - timedelta(days=span_days)).exclude(state="cancelled")
    in_time = Count("id", filter=Q(first_contact_at__lte=F("due_at")))
    total = due.aggregate(n=Count("id"), kept=in_time)
    weeks = due.annotate(week=TruncWeek("due_at")).values("week").annotate(n=Count("id"), kept=in_time).order_by("week")
    shares = tuple(week["kept"] / week["n"] for week in weeks)
    return Punctuality(total["n"], total["kept"], mine.open().count(), shares)
