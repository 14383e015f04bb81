"""Who may see which rows, and who may do what. Row scope is part of the query, never a filter afterwards.

The same rule stands in three forms that a property test holds equal: `sees` (one row, slow and obvious),
`scoped` (an Ibis table) and `WorkOrder.objects.visible_to` (the state database).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import ibis
import ibis.expr.types as ir

from liuke.errors import YourMistake

Role = Literal["rm", "analyst", "branch_head", "compliance", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Permission = Literal[
    "see_customers",  # customer pages and lists, within scope
    "see_orders",  # work orders, within scope
    "see_all_orders",  # orders of other staff within the branch subtree, and orders without an owner
    "work_orders",  # accept an order, log a contact, close it
    "work_applications",  # issue progress codes, look up by code, record steps of applications
    "hand_over",  # give an order to another member of staff
    "amounts_detail",  # 金额明细: exact balances instead of bands
    "unmask",  # show one masked value, with a reason, audited
    "export",  # download a masked list
    "see_effect",  # experiments and dashboards
    "see_segments",  # tags and segments with masked samples, within scope
    "see_behaviour",  # funnels, retention and paths of the customers in scope; lists of them masked
    "edit_rules",  # draft and propose changes of trigger rules; whole bank only
    "approve_rules",  # approve or refuse what somebody else proposed; whole bank only
    "see_models",  # churn models, their cards and drift; no customers
    "see_data",  # loads, quarantine, catalogue
    "see_audit",  # the audit log
    "see_sending",  # the outbox: channels and dead letters, within scope
    "resend",  # send a dead letter again, audited
    "manage_users",  # log-ins and roles
    "manage_keys",  # keys of systems that read over the API
]

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    "rm": frozenset(
        {"see_customers", "see_orders", "work_orders", "work_applications", "amounts_detail", "unmask"}
    ),
    "branch_head": frozenset(
        {
            "see_customers", "see_orders", "see_all_orders", "work_orders", "work_applications", "hand_over",
            "amounts_detail", "unmask", "export", "see_effect", "see_segments", "see_behaviour", "see_models",
            "approve_rules",
        }
    ),
    "analyst": frozenset(
        {
            "see_customers", "see_orders", "see_all_orders", "export", "see_effect", "see_segments", "see_behaviour",
            "see_models", "see_data", "see_sending", "resend", "edit_rules",
        }
    ),
    "compliance": frozenset(
        {
            "see_customers", "see_orders", "see_all_orders", "unmask", "see_effect", "see_segments", "see_behaviour",
            "see_models", "see_data", "see_audit", "see_sending", "approve_rules",
        }
    ),
    "admin": frozenset(
        {"see_data", "see_audit", "see_models", "see_sending", "resend", "manage_users", "manage_keys"}
    ),
}  # fmt: skip
"""Default rights (ours): an administrator runs the system and sees no customer; an analyst sees bands only."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows one person may see.

    actor: username. branches: branch ids of the person's subtree, None for the whole bank. staff_id: the
    person's own staff id. customers: customers of other books, shared with the person as member of a 1+N team or
    because an open order of theirs lies on the own desk.
    An RM's scope is the own book and these customers; every other role's is the branch subtree.
    """

    actor: str
    role: Role
    branches: frozenset[str] | None
    staff_id: str | None = None
    customers: frozenset[str] = frozenset()

    def sees(self, *, branch_id: str | None, staff_id: str | None, customer_id: str | None) -> bool:
        """Whether one row with these owners lies in the scope: the rule in its plainest form."""
        if self.role == "rm":
            own = self.staff_id is not None and staff_id == self.staff_id
            return own or customer_id in self.customers
        return self.branches is None or branch_id in self.branches


def may(role: str, permission: Permission) -> bool:
    """Whether the role has the permission; an unknown role has none."""
    return role in PERMISSIONS and permission in PERMISSIONS[role]


def finds_people(scope: Scope) -> bool:
    """Whether searches may match names and phones: only for roles that call customers.

    For the others, who see them masked, a search that says yes or no would tell what the mask hides.
    """
    return scope.role in ("rm", "branch_head")


class NotAllowed(YourMistake):
    """The person's role does not include the permission."""


def require(scope: Scope, permission: Permission) -> None:
    """Raises NotAllowed unless the scope's role has the permission."""
    if not may(scope.role, permission):
        raise NotAllowed(
            f"the role '{scope.role}' does not include '{permission}'",
            state="nothing was changed or shown",
            then="ask an administrator for a role that includes it",
        )


def scope_of(
    actor: str,
    role: str,
    *,
    subtree: Iterable[str] | None,
    staff_id: str | None = None,
    team: Iterable[str] = (),
) -> Scope:
    """The scope of one person.

    subtree: branch ids below and with the person's branch, None for the head office (all). A role nobody
    knows sees nothing; so does an RM without a staff id. `team` counts for RMs only.
    """
    if role not in ROLES:
        return Scope(actor, "analyst", frozenset())
    if role == "rm":
        return Scope(actor, role, frozenset(subtree or ()), staff_id or None, frozenset(team))
    return Scope(actor, role, None if subtree is None else frozenset(subtree), staff_id or None)


def scoped(rows: ir.Table, scope: Scope) -> ir.Table:
    """The rows of `rows` that lie in the scope.

    rows: a table with branch_id and staff_id (and customer_id for team books), such as customer_snapshot.

        branch_id  staff_id                 scope of RM S1
        B1         S1                       B1  S1
        B1         S2
    """
    if scope.role == "rm":
        return rows.filter(_own(rows, scope))
    if scope.branches is None:
        return rows
    return rows.filter(_among(rows.branch_id, scope.branches))


def _own(rows: ir.Table, scope: Scope) -> ir.BooleanValue:
    own = ibis.literal(False)
    if scope.staff_id is not None:
        own = own | (rows.staff_id == ibis.literal(scope.staff_id)).fill_null(False)
    if scope.customers and "customer_id" in rows.columns:
        own = own | _among(rows.customer_id, scope.customers)
    return own


def _among(column: ir.Column, values: frozenset[str]) -> ir.BooleanValue:
    if not values:
        return ibis.literal(False)
    return column.isin(sorted(values)).fill_null(False)
