"""The demo's log-ins: one person of each role, chosen so that each has something to see."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db.models import Count, Q

from liuke.state.accounts import ensure_user
from liuke.state.models import Branch, Staff, WorkOrder


@dataclass(frozen=True, slots=True)
class Login:
    """A log-in to print: role in both languages, name and password."""

    role_zh: str
    role_en: str
    username: str
    password: str


def make_logins() -> tuple[Login, ...]:
    """An RM with a full desk, the head of that branch, an analyst and a compliance officer; one new password."""
    password = f"liuke-{secrets.token_hex(4)}"
    busiest = (
        WorkOrder.objects.open()
        .exclude(staff_id=None)
        .values("staff_id")
        .annotate(work=Count("id") + 2 * Count("id", filter=Q(priority=1)))
        .order_by("-work", "staff_id")
    )
    rm = Staff.objects.get(staff_id=busiest[0]["staff_id"]) if busiest else Staff.objects.filter(role="rm").first()
    head = Branch.objects.get(parent_id="")
    people = [
        ("客户经理", "relationship manager", "rm", rm),
        ("支行行长", "branch head", "branch_head", _at(rm.branch_id if rm else "", "branch_head")),
        ("数字运营", "analyst", "analyst", _at(head.branch_id, "analyst")),
        ("合规", "compliance", "compliance", _at(head.branch_id, "compliance")),
    ]
    made = []
    for zh, en, role, person in people:
        branch = person.branch_id if person and role in {"rm", "branch_head"} else head.branch_id
        ensure_user(role, role=role, password=password, branch_id=branch, staff_id=person.staff_id if person else None)
        made.append(Login(zh, en, role, password))
    return tuple(made)


def _at(branch_id: str, role: str) -> Staff | None:
    return Staff.objects.filter(branch_id=branch_id, role=role).first() or Staff.objects.filter(role=role).first()
