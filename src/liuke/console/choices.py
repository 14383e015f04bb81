"""Filters of lists: what the address asks for, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from liuke.console.reading.customers import SIGNAL_COLUMNS, SORTS, Search
from liuke.govern.access import Scope
from liuke.state.models import Branch
from liuke.state.scopes import subtree

_TIERS = ("any", "red", "orange", "yellow")


def search_of(request: HttpRequest, *, tier: str = "") -> Search:
    """The search in the address; anything unknown does not filter. tier: when none is asked for."""
    asked = request.GET
    wanted_tier = asked.get("tier", "")
    signal, sort, number = asked.get("signal", ""), asked.get("sort", ""), asked.get("page", "")
    return Search(
        text=asked.get("q", "").strip()[:64],
        tier=wanted_tier if wanted_tier in _TIERS else tier,
        bank_tier=asked.get("level", "")[:64],
        branches=subtree(branch) if (branch := branch_filter(request)) else None,
        signal=signal if signal in SIGNAL_COLUMNS else "",
        sort=sort if sort in SORTS else "risk",
        page=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 8 else 1,
    )


def branch_filter(request: HttpRequest) -> str:
    """The branch asked for, '' for none."""
    return request.GET.get("branch", "")[:64]


def branch_choices(scope: Scope) -> list[tuple[str, str]]:
    """Branches the person may filter by, in code order; none for an RM, who has a book and not a branch."""
    if scope.role == "rm":
        return []
    rows = Branch.objects.order_by("branch_id")
    if scope.branches is not None:
        rows = rows.filter(branch_id__in=sorted(scope.branches))
    return list(rows.values_list("branch_id", "name")[:500])


def branch_names(branch_ids: Iterable[str | None]) -> dict[str, str]:
    """Names of these branches."""
    wanted = {b for b in branch_ids if b}
    return dict(Branch.objects.filter(branch_id__in=wanted).values_list("branch_id", "name"))
