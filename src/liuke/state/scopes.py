"""The scope of a log-in, from the mirrored organisation."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from liuke.govern.access import Scope, scope_of
from liuke.state.models import Branch, TeamMember, User, WorkOrder

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
    """What this log-in may see. The head office sees all; without a known branch nothing is seen."""
    return scope_of(
        user.username,
        user.role,
        subtree=branches_from(user.branch_id),
        staff_id=user.staff_id,
        team=_lent(user.staff_id) if user.role == "rm" and user.staff_id else (),
    )


def _lent(staff_id: str) -> Iterable[str]:
    """Customers of other books: those of the person's teams, and those of orders that lie on the own desk now."""
    team = TeamMember.objects.filter(staff_id=staff_id).values_list("customer_id", flat=True)
    return team.union(WorkOrder.objects.lent_to(staff_id).values_list("customer_id", flat=True))
