"""Reading leaves a trace too: views of a customer, exports, log-ins."""

from __future__ import annotations

from collections.abc import Mapping

from liuke.govern.access import require
from liuke.govern.audit import AuditRecord, Plain
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.audit_together import append_or_owe
from liuke.state.models import User


def record_view(who: Who, customer_id: str) -> None:
    """Somebody opened a customer's page. Raises NotAllowed without `see_customers`."""
    require(who.scope, "see_customers")
    _write(who, "view_customer", "customer", customer_id)


def record_application(who: Who, application_id: str, customer_id: str) -> None:
    """Somebody opened the page of an application. Raises NotAllowed without `work_applications`."""
    require(who.scope, "work_applications")
    actor, role = who.scope.actor, who.scope.role
    data = {"customer_id": customer_id}
    append(AuditRecord(who.at, actor, role, "view_application", "application", application_id, "", who.address, data))


def record_export(who: Who, what: str, rows: int, reason: str = "") -> None:
    """Somebody downloads the list `what` with so many rows. Raises NotAllowed without `export`."""
    require(who.scope, "export")
    _write(who, "export", "list", what, reason, rows=rows)


def record_segment(who: Who, segment: str, version: str) -> None:
    """Somebody looked at masked rows of a segment, saved or not. Raises NotAllowed without `see_segments`."""
    require(who.scope, "see_segments")
    data = {"version": version}
    append(
        AuditRecord(who.at, who.scope.actor, who.scope.role, "view_segment", "segment", segment, "", who.address, data)
    )


def record_api_read(who: Who, ask: str, customer_id: str, data: Mapping[str, Plain]) -> None:
    """A system asked over the API about a customer. data: what for, and what it was told or why it was refused."""
    action = "api_refused" if "refused" in data else "api_read"
    whole = {"ask": ask, **data}
    append_or_owe(AuditRecord(who.at, who.scope.actor, "api", action, "customer", customer_id, "", who.address, whole))


def record_why_not(who: Who, what: str) -> None:
    """Somebody looked at why customers were not contacted: which part, day and branch."""
    require(who.scope, "see_customers")
    _write(who, "view_why_not", "list", what[:64])


def record_hold_outs(who: Who, experiment: str, rows: int) -> None:
    """Somebody looked at masked customers who are held out and were contacted all the same."""
    require(who.scope, "see_effect")
    _write(who, "view_hold_outs", "experiment", experiment, rows=rows)


def record_behaviour(who: Who, kind: str, rows: int) -> None:
    """Somebody looked at masked customers that a question about behaviour found. kind: of the question."""
    require(who.scope, "see_behaviour")
    _write(who, "view_behaviour", "analysis", kind, rows=rows)


def record_check(who: Who, failure: str, rows: int) -> None:
    """Somebody held the audit log against its chain and anchors. failure: '' when all fitted.

    Raises NotAllowed without `see_audit`.
    """
    require(who.scope, "see_audit")
    _write(who, "audit_check", "audit", failure, rows=rows)


def record_login(who: Who, way: str = "password") -> None:
    """Somebody logged in. way: how, as SignIn.way."""
    actor, role = who.scope.actor, who.scope.role
    append(AuditRecord(who.at, actor, role, "login", address=who.address, data={"way": way}))


def record_user(who: Who, user: User) -> None:
    """An administrator made a log-in or changed it."""
    actor, role = who.scope.actor, who.scope.role
    data = {"role": user.role, "branch_id": user.branch_id, "staff_id": user.staff_id or ""}
    append(AuditRecord(who.at, actor, role, "user_save", "user", user.username[:64], "", who.address, data))


def _write(who: Who, action: str, kind: str = "", name: str = "", reason: str = "", **data: int) -> None:
    append(AuditRecord(who.at, who.scope.actor, who.scope.role, action, kind, name, reason, who.address, data))
