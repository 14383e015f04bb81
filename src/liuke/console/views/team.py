"""团队: how much lies on each desk, with the way to take from it."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from liuke.console.acting import guarded, page, scope_of
from liuke.console.choices import branch_names
from liuke.console.paging import place_of
from liuke.console.reading.team_load import team_load
from liuke.console.whole_number import whole
from liuke.state.names import staff_names

SIZE: Final = 20


@require_GET
@guarded("hand_over")
def load(request: HttpRequest) -> HttpResponse:
    """团队负荷: the desks of the person's branches, the most troubled first."""
    desks = team_load(scope_of(request), timezone.now())
    number = min(whole(request.GET.get("page")), max(1, -(-len(desks) // SIZE)))
    start = (number - 1) * SIZE
    rows = desks[start : start + SIZE]
    context = {
        "part": "load",
        "rows": rows,
        "branches": branch_names(row.branch_id for row in rows),
        "deputies": staff_names(row.deputy_id for row in rows),
        "sums": {
            key: sum(getattr(row.numbers, key) for row in desks)
            for key in ("open", "overdue", "escalated", "due_today")
        },
        "away": sum(row.away_until is not None for row in desks),
        **place_of(number, SIZE, len(rows), len(desks)),
    }
    return page(request, "console/team.html", "team", context)
