"""Rights to what works for the whole bank: rules, offers, campaigns, experiments, contact policies."""

from __future__ import annotations

from liuke.errors import coded
from liuke.govern.access import NotAllowed, Permission, Scope, may, require
from liuke.state.actions.change_order import Who


def check_rights(who: Who, permission: Permission) -> None:
    """Raises NotAllowed without the permission, or for somebody who does not see the whole bank, as a rule does."""
    require(who.scope, permission)
    if not has_rights(who.scope, permission):
        raise NotAllowed(
            coded("whole_bank_only", "rules work for the whole bank; so must who changes them"),
            state="nothing was changed",
            then="ask somebody of the head office",
        )


def has_rights(scope: Scope, permission: Permission) -> bool:
    """Whether the person has the permission for the whole bank, as a rule works for it."""
    return may(scope.role, permission) and scope.branches is None


def may_stop(scope: Scope) -> bool:
    """Whether the person may stop what was approved and start it again: who proposes or approves may."""
    return has_rights(scope, "edit_rules") or has_rights(scope, "approve_rules")


def check_may_stop(who: Who) -> None:
    """Raises NotAllowed unless `may_stop`."""
    if not may_stop(who.scope):
        check_rights(who, "edit_rules")
