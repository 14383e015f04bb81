"""The rule of `Scope.sees` as a condition on rows of the state database."""

from __future__ import annotations

from django.db.models import Q

from liuke.govern.access import Scope

_NOBODY = Q(pk__in=[])


def in_scope(scope: Scope) -> Q:
    """Rows with staff_id, customer_id and branch_id that lie in the scope."""
    if not scope.by_book:
        return in_branches(scope)
    books = sorted(scope.books)
    own = Q(staff_id=books[0]) if len(books) == 1 else Q(staff_id__in=books) if books else _NOBODY
    return own | Q(customer_id__in=sorted(scope.customers)) if scope.customers else own


def in_branches(scope: Scope) -> Q:
    """Rows with branch_id that lie in the branches of the scope, whosever customer it is."""
    return Q() if scope.branches is None else Q(branch_id__in=sorted(scope.branches))
