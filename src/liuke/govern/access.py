"""Who may see which rows, and who may do what. Row scope is part of the query, never a filter afterwards.

The same rule stands in three forms that a property test holds equal: `sees` (one row, slow and obvious),
`scoped` (an Ibis table) and `WorkOrder.objects.visible_to` (the state database).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

import ibis
import ibis.expr.types as ir

from liuke.errors import YourMistake
from liuke.settings import Preset
from liuke.sign_in_settings import Role

ROLES: Final[tuple[Role, ...]] = get_args(Role)
BY_BOOK: Final = frozenset({"rm", "team_lead"})
"""Roles that see books of staff instead of branches: the own one, or those of the team."""

Permission = Literal[
    "see_customers",  # customer pages and lists, within scope
    "see_orders",  # work orders, within scope
    "see_all_orders",  # orders of other staff within the scope, and for whole branches those without an owner
    "work_orders",  # accept an order, log a contact, close it
    "work_applications",  # issue progress codes, look up by code, record steps of applications
    "hand_over",  # give an order to another member of staff
    "amounts_detail",  # 金额明细: exact balances instead of bands
    "unmask",  # show one masked value, with a reason, audited
    "export",  # download a masked list
    "approve_exports",  # let a long list go that somebody else asked for
    "see_effect",  # experiments and dashboards
    "see_segments",  # tags and segments with masked samples, within scope
    "see_behaviour",  # funnels, retention and paths of the customers in scope; lists of them masked
    "edit_rules",  # draft and propose changes of trigger rules; whole bank only
    "approve_rules",  # approve or refuse what somebody else proposed; whole bank only
    "see_models",  # churn models, their cards and drift; no customers
    "see_data",  # loads, quarantine, catalogue
    "see_audit",  # the audit log
    "see_roles",  # this table, as a page
    "see_sending",  # the outbox: channels and dead letters, within scope
    "resend",  # send a dead letter again, audited
    "manage_users",  # log-ins and roles
    "manage_keys",  # keys of systems that read over the API
]
ALL_PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    "rm": frozenset(
        {"see_customers", "see_orders", "work_orders", "work_applications", "amounts_detail", "unmask"}
    ),
    "team_lead": frozenset(
        {
            "see_customers", "see_orders", "see_all_orders", "work_orders", "work_applications", "hand_over",
            "amounts_detail", "unmask",
        }
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
    "campaign_manager": frozenset(
        {"see_customers", "see_effect", "see_segments", "see_behaviour", "see_sending", "resend", "edit_rules"}
    ),
    "approver": frozenset({"see_effect", "see_models", "approve_rules", "approve_exports"}),
    "compliance": frozenset(
        {
            "see_customers", "see_orders", "see_all_orders", "unmask", "see_effect", "see_segments", "see_behaviour",
            "see_models", "see_data", "see_audit", "see_roles", "see_sending", "approve_rules", "approve_exports",
        }
    ),
    "data_engineer": frozenset({"see_data", "see_models"}),
    "admin": frozenset(
        {"see_data", "see_models", "see_roles", "see_sending", "resend", "manage_users", "manage_keys"}
    ),
}  # fmt: skip
"""Default rights (ours), with duties apart (APART): an administrator runs the system and sees no customer; who writes
rules or lists does not approve them; whoever is watched by the audit log does not read it.
"""

APART: Final[tuple[tuple[Permission, Permission], ...]] = (
    ("edit_rules", "approve_rules"),
    ("export", "approve_exports"),
    ("manage_users", "see_customers"),
    ("manage_users", "see_orders"),
    ("manage_users", "approve_rules"),
    ("manage_users", "approve_exports"),
    ("manage_users", "see_audit"),
    ("manage_keys", "see_customers"),
)
"""Permissions that no role has both of."""

DataClass = Literal["name", "number", "identity", "account", "contact", "birth_date", "amounts", "free_text"]
"""Classes of a person's columns, as the mask rules of the tables say (govern/masking.py): number is the customer's;
identity: certificates and cards; contact: phone, mail, address; free_text: notes, complaints, answers in own words.
"""
DATA_CLASSES: Final[tuple[DataClass, ...]] = get_args(DataClass)
Shown = Literal["clear", "masked", "strict", "hidden"]
"""How a class is shown: as it is; by the default rules (amounts: in bands); by the strict ones; not at all."""
Reads = Mapping[DataClass, Shown]

MASKED: Final[Reads] = MappingProxyType(dict.fromkeys(DATA_CLASSES, "masked"))
"""How systems with a key, and everybody whose role says nothing else, see people."""
HIDDEN: Final[Reads] = MappingProxyType(dict.fromkeys(DATA_CLASSES, "hidden"))
_EXACT: Final[Reads] = MappingProxyType({**MASKED, "amounts": "clear"})

READS: Final[dict[Role, Reads]] = {
    "rm": MappingProxyType({**_EXACT, "name": "clear", "number": "clear"}),  # whom to call, and nothing else
    "team_lead": _EXACT,
    "branch_head": _EXACT,
    "analyst": MASKED,
    "campaign_manager": MASKED,
    "approver": HIDDEN,
    "compliance": MASKED,
    "data_engineer": HIDDEN,
    "admin": HIDDEN,
}
"""How each role sees each class before unmasking; exact amounts are what `amounts_detail` gives."""


def reads_of(role: str, preset: Preset = "default") -> Reads:
    """How the role sees people under the bank's preset; an unknown role sees nothing of them."""
    reads = next((reads for name, reads in READS.items() if name == role), HIDDEN)
    if preset == "default":
        return reads
    return {name: "strict" if shown == "masked" else shown for name, shown in reads.items()}


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows one person may see, and how.

    actor: username. branches: branch ids of the person's subtree, None for the whole bank. staff_id: the
    person's own staff id. customers: customers of other books, shared with the person (or the person's team) as member
    of a 1+N team or because an open order of theirs lies on the own desk. desks: staff ids of a team lead's team.
    preset: how masked values are masked.
    The scope of an RM is the own book and these customers, a team lead's the books of the team and these customers;
    every other role's is the branch subtree.
    """

    actor: str
    role: Role
    branches: frozenset[str] | None
    staff_id: str | None = None
    customers: frozenset[str] = frozenset()
    desks: frozenset[str] = frozenset()
    preset: Preset = "default"

    def sees(self, *, branch_id: str | None, staff_id: str | None, customer_id: str | None) -> bool:
        """Whether one row with these owners lies in the scope: the rule in its plainest form."""
        if self.by_book:
            return staff_id in self.books or customer_id in self.customers
        return self.branches is None or branch_id in self.branches

    @property
    def by_book(self) -> bool:
        """Whether books of staff are seen, and not branches."""
        return self.role in BY_BOOK

    @property
    def books(self) -> frozenset[str]:
        """Whose books, for a scope `by_book`."""
        own = frozenset() if self.staff_id is None else frozenset({self.staff_id})
        return own | self.desks if self.role == "team_lead" else own

    @property
    def reads(self) -> Reads:
        """How the person sees each class of data."""
        return reads_of(self.role, self.preset)


def may(role: str, permission: Permission) -> bool:
    """Whether the role has the permission; an unknown role has none."""
    return role in PERMISSIONS and permission in PERMISSIONS[role]


def finds_people(scope: Scope) -> bool:
    """Whether searches may match names and phones: only for roles that call customers.

    For the others, who see them masked, a search that says yes or no would tell what the mask hides.
    """
    return scope.role in ("rm", "team_lead", "branch_head")


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
    desks: Iterable[str] = (),
    preset: Preset = "default",
) -> Scope:
    """The scope of one person.

    subtree: branch ids below and with the person's branch, None for the head office (all). A role nobody
    knows sees nothing; so does an RM without a staff id. `team`, customers shared, counts for roles that see books;
    `desks` for team leads.
    """
    if role not in ROLES:
        return Scope(actor, "analyst", frozenset())
    if role in BY_BOOK:
        staff = frozenset(desks) if role == "team_lead" else frozenset()
        own = frozenset(subtree or ())
        return Scope(actor, role, own, staff_id or None, frozenset(team), staff, preset)
    return Scope(actor, role, None if subtree is None else frozenset(subtree), staff_id or None, preset=preset)


def scoped(rows: ir.Table, scope: Scope) -> ir.Table:
    """The rows of `rows` that lie in the scope.

    rows: a table with branch_id and staff_id (and customer_id for shared customers), such as customer_snapshot.

        branch_id  staff_id                 scope of RM S1
        B1         S1                       B1  S1
        B1         S2
    """
    if scope.by_book:
        return rows.filter(_own(rows, scope))
    if scope.branches is None:
        return rows
    return rows.filter(_among(rows.branch_id, scope.branches))


def _own(rows: ir.Table, scope: Scope) -> ir.BooleanValue:
    own = _among(rows.staff_id, scope.books)
    if scope.customers and "customer_id" in rows.columns:
        own = own | _among(rows.customer_id, scope.customers)
    return own


def _among(column: ir.Column, values: frozenset[str]) -> ir.BooleanValue:
    if not values:
        return ibis.literal(False)
    return column.isin(sorted(values)).fill_null(False)
