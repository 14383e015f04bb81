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
    """One log-in of each role: an RM with a full desk, the lead of that team, the head of that branch, people of the
    head office; one new password.
    """
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
    near = rm.branch_id if rm else head.branch_id
    people: list[tuple[str, str, str, Staff | None]] = [
        ("客户经理", "relationship manager", "rm", rm),
        ("团队长", "team lead", "team_lead", None),
        ("支行行长", "branch head", "branch_head", _at(near, "branch_head")),
        ("数字运营", "analyst", "analyst", _at(head.branch_id, "analyst")),
        ("活动经理", "campaign manager", "campaign_manager", None),
        ("审批人", "approver", "approver", None),
        ("合规", "compliance", "compliance", _at(head.branch_id, "compliance")),
        ("数据工程师", "data engineer", "data_engineer", None),
        ("管理员", "administrator", "admin", None),
    ]
    for zh, _en, role, person in people:
        at = near if role == "team_lead" else head.branch_id
        at = person.branch_id if person and role in {"rm", "branch_head"} else at
        name = person.name if person else zh
        staff_id = person.staff_id if person else None
        ensure_user(role, role=role, password=password, branch_id=at, staff_id=staff_id, display_name=name)
    return tuple(Login(zh, en, role, password) for zh, en, role, _person in people)


def _at(branch_id: str, role: str) -> Staff | None:
    return Staff.objects.filter(branch_id=branch_id, role=role).first() or Staff.objects.filter(role=role).first()
