"""The scope of a log-in, from the mirrored organisation."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import connection

from liuke.govern.access import BY_BOOK, Scope, scope_of
from liuke.state.models import Branch, Staff, TeamMember, User, WorkOrder

_BELOW = """
WITH RECURSIVE below(branch_id) AS (
    SELECT branch_id FROM state_branch WHERE branch_id = %s
    UNION
    SELECT child.branch_id FROM state_branch child JOIN below ON child.parent_id = below.branch_id
)
SELECT branch_id FROM below
"""


def subtree(branch_id: str) -> frozenset[str]:
    """Ids of the branch and every branch below it; empty when the branch is unknown. A circle does no harm."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [branch_id])
        return frozenset(row[0] for row in cursor.fetchall())


def branches_from(branch_id: str) -> frozenset[str] | None:
    """The branches that may be seen from this one: its subtree, None (all) from the head office."""
    head = Branch.objects.filter(branch_id=branch_id, level="head", parent_id="").exists()
    return None if head else subtree(branch_id)


def scope_for(user: User) -> Scope:
    """What this log-in may see, and how. The head office sees all; without a known branch nothing is seen.

    A team lead's team is the staff of the lead's own branch, without the branches below it.
    """
    lead = user.role == "team_lead"
    desks = _staff_of(user.branch_id) if lead else frozenset()
    books = desks | {user.staff_id} if user.staff_id else desks
    return scope_of(
        user.username,
        user.role,
        subtree=({user.branch_id} if user.branch_id else ()) if lead else branches_from(user.branch_id),
        staff_id=user.staff_id,
        team=_lent(books) if user.role in BY_BOOK and books else (),
        desks=desks,
        preset=settings.BANK.masking.of(user.role),
    )


def _staff_of(branch_id: str) -> frozenset[str]:
    """Staff ids of the branch itself, those who have left too: their customers are still somebody's to look after."""
    if not branch_id:
        return frozenset()
    return frozenset(Staff.objects.filter(branch_id=branch_id).values_list("staff_id", flat=True))


def _lent(books: frozenset[str]) -> Iterable[str]:
    """Customers of other books: those shared with these staff, and those of orders that lie on their desks now."""
    team = TeamMember.objects.filter(staff_id__in=books).values_list("customer_id", flat=True)
    return team.union(WorkOrder.objects.lent_to(books).values_list("customer_id", flat=True))
