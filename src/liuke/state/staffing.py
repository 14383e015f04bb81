"""Who is there for some new orders: rows → the values that act/routing works on. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.db.models import Count

from liuke.act.routing.route import Need
from liuke.act.routing.staffing import Leave, Member, Move, Shift, Skill, Staffing
from liuke.state.models import Branch, Staff, StaffLeave, StaffShift, StaffSkill, TeamMember, Transfer, WorkOrder
from liuke.state.models.people import WITHDRAWN

CAPACITY: Final = 20
"""Customers per workday of staff for whom the bank gave no number; compared among them only."""


def staffing_for(needs: Sequence[Need]) -> Staffing:
    """Everything that `act.routing.route` may ask for these orders; all of them have one `day`."""
    day = needs[0].day
    leaves = tuple(
        Leave(row.staff_id, row.since, row.until, row.deputy_id or None)
        for row in StaffLeave.objects.filter(since__lte=day, until__gte=day)
    )
    shifts = _shifts(needs)
    moves = _moves(min(need.known_on for need in needs), day)
    team = _team(needs)
    named = {need.owner_id for need in needs} | {shift.staff_id for shift in shifts}
    named |= {leave.deputy_id for leave in leaves} | {each for move in moves for each in move.receivers}
    named |= {staff_id for members in team.values() for staff_id in members}
    wanted = {code for need in needs for code in need.wants.skills}
    branches = {need.branch_id for need in needs if need.wants.skills and need.branch_id}
    members = _members({staff_id for staff_id in named if staff_id}, branches, wanted)
    above = dict(Branch.objects.values_list("branch_id", "parent_id")) if shifts else {}
    return Staffing(members, leaves, shifts, moves, team, above)


def load_of(staffing: Staffing) -> dict[str, int]:
    """Open orders of everybody known, by staff id."""
    rows = WorkOrder.objects.open().filter(staff_id__in=list(staffing.members)).order_by()
    return {staff_id: n for staff_id, n in rows.values_list("staff_id").annotate(n=Count("id")) if staff_id}


def is_plain(needs: Sequence[Need], staffing: Staffing) -> bool:
    """Whether nothing can stand between these orders and their owners, so that no loads are asked for."""
    special = staffing.leaves or staffing.shifts or staffing.moves or any(need.wants.skills for need in needs)
    owners = [staffing.members.get(need.owner_id or "") for need in needs]
    return not special and all(
        need.owner_id and (member is None or member.active) for need, member in zip(needs, owners, strict=True)
    )


def _shifts(needs: Sequence[Need]) -> tuple[Shift, ...]:
    online = [need.at for need in needs if need.wants.on_line]
    if not online:
        return ()
    rows = StaffShift.objects.filter(starts_at__lte=max(online), ends_at__gt=min(online))
    return tuple(Shift(row.staff_id, row.branch_id, row.starts_at, row.ends_at) for row in rows)


def _moves(after: date, until: date) -> tuple[Move, ...]:
    rows = Transfer.objects.filter(effective_on__gt=after, effective_on__lte=until).exclude(state=WITHDRAWN)
    return tuple(move_of(row) for row in rows)


def move_of(row: Transfer) -> Move:
    """The transfer as a value."""
    return Move(row.pk, row.giver_id, tuple(row.receivers), row.effective_on, frozenset(row.customers))


def _team(needs: Sequence[Need]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    rows = TeamMember.objects.filter(customer_id__in={need.customer_id for need in needs})
    for customer_id, staff_id in rows.order_by("staff_id").values_list("customer_id", "staff_id"):
        found[customer_id] = (*found.get(customer_id, ()), staff_id)
    return found


def _members(staff_ids: set[str], branches: set[str], wanted: set[str]) -> dict[str, Member]:
    """The staff named, and where certificates are wanted the RMs of the branches."""
    rows = Staff.objects.filter(staff_id__in=staff_ids)
    if branches:
        rows = rows | Staff.objects.filter(branch_id__in=branches, role="rm")
    found = {row.staff_id: row for row in rows}
    held: dict[str, tuple[Skill, ...]] = {}
    if wanted:
        for row in StaffSkill.objects.filter(code__in=wanted, staff_id__in=list(found)):
            held[row.staff_id] = (*held.get(row.staff_id, ()), Skill(row.code, row.since, row.until))
    return {
        staff_id: Member(
            staff_id,
            row.branch_id,
            row.active,
            CAPACITY if row.daily_capacity is None else row.daily_capacity,
            held.get(staff_id, ()),
            row.role == "rm",
        )
        for staff_id, row in found.items()
    }
