"""Filters of lists: what the address asks for, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count
from django.http import HttpRequest

from liuke.console.reading.customers import SIGNAL_COLUMNS, SORTS, Search
from liuke.govern.access import Scope
from liuke.state.models import Branch, Staff, WorkOrder
from liuke.state.scopes import subtree

_TIERS = ("any", "red", "orange", "yellow")
_RECEIVERS = 500


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
    """Branches the person may filter by, in code order; none for an RM or team lead, who have books, not branches."""
    if scope.by_book:
        return []
    rows = Branch.objects.order_by("branch_id")
    if scope.branches is not None:
        rows = rows.filter(branch_id__in=sorted(scope.branches))
    return list(rows.values_list("branch_id", "name")[:500])


def branch_names(branch_ids: Iterable[str | None]) -> dict[str, str]:
    """Names of these branches."""
    wanted = {b for b in branch_ids if b}
    return dict(Branch.objects.filter(branch_id__in=wanted).values_list("branch_id", "name"))


def staff_names(staff_ids: Iterable[str | None]) -> dict[str, str]:
    """Names of these staff."""
    wanted = {s for s in staff_ids if s}
    return dict(Staff.objects.filter(staff_id__in=wanted).values_list("staff_id", "name"))


def desk_choices(scope: Scope, *, gone: bool = False) -> list[tuple[str, str, str]]:
    """Whom orders of a list may be handed to: active RMs of the scope's branches, by branch. At most 500.

    Each as (staff id, name, branch name). gone: those who have left too, e.g. to hand over from them.
    """
    rows = Staff.objects.filter(role="rm").order_by("branch_id", "staff_id")
    if not gone:
        rows = rows.filter(active=True)
    if scope.branches is not None:
        rows = rows.filter(branch_id__in=sorted(scope.branches))
    found = rows.values_list("staff_id", "name", "branch_id")[:_RECEIVERS]
    names = branch_names(branch_id for _id, _name, branch_id in found)
    return [(staff_id, name, names.get(branch_id, branch_id)) for staff_id, name, branch_id in found]


def receivers(scope: Scope, order: WorkOrder) -> list[tuple[str, str, str, int]]:
    """Whom the order may be handed to: active RMs of the scope's branches, those of the order's branch first.

    Each as (staff id, name, branch name, open orders); the order's own RM is left out. At most 500.
    """
    rows = Staff.objects.filter(active=True, role="rm").exclude(staff_id=order.staff_id or "")
    if scope.branches is not None:
        rows = rows.filter(branch_id__in=sorted(scope.branches))
    near = rows.filter(branch_id=order.branch_id).order_by("staff_id")
    far = rows.exclude(branch_id=order.branch_id).order_by("branch_id", "staff_id")
    found = [*near[:_RECEIVERS], *far[:_RECEIVERS]][:_RECEIVERS]
    names = branch_names(staff.branch_id for staff in found)
    mine = WorkOrder.objects.visible_to(scope).open().filter(staff_id__in=[staff.staff_id for staff in found])
    busy = dict(mine.order_by().values_list("staff_id").annotate(n=Count("id")))
    return [(s.staff_id, s.name, names.get(s.branch_id, s.branch_id), busy.get(s.staff_id, 0)) for s in found]
