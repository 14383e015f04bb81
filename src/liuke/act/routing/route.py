"""The one function that says on whose desk a new order lies, used for orders of decisions and of triggers alike.

In this order, the first that fits; everybody must be employed, not on leave and hold the certificates wanted:

    duty     the customer is on line and somebody is on duty for the branch or one above it (nearest first)
    owner    the customer's own RM; `moved` when the customer changed hands since the owner was known
    deputy   the RM is on leave: the deputy, or the deputy's deputy
    team     a member of the customer's 1+N team
    skilled  a certificate is wanted: an RM of the order's branch who holds it
    pool     nobody: the branch head assigns it

Among several of equal right the one with the smallest share of open orders to capacity, then the smallest id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from liuke.act.routing.staffing import Leave, Member, Staffing, receiver_of

Way = Literal["owner", "moved", "duty", "deputy", "team", "skilled", "pool"]
Absence = Literal["left", "on_leave", "lacks_skill", "no_owner"]


@dataclass(frozen=True, slots=True)
class Wants:
    """What an order asks of who works on it. on_line: its customer is on line at this moment."""

    skills: frozenset[str] = frozenset()
    on_line: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """One new order. owner_id: the customer's RM as known on `known_on`; day: the bank's day of `at` (aware)."""

    customer_id: str
    owner_id: str | None
    branch_id: str | None
    known_on: date
    day: date
    at: datetime
    wants: Wants = field(default_factory=Wants)


@dataclass(frozen=True, slots=True)
class Route:
    """Whose desk and why. staff_id None: the branch's pool. acting_for 代: the RM on leave in whose place it is.

    absence: why the owner did not get it; None where the owner did, or was not asked.
    """

    staff_id: str | None
    way: Way
    acting_for: str | None = None
    absence: Absence | None = None


def routes(needs: Iterable[Need], staffing: Staffing, load: Mapping[str, int]) -> list[Route]:
    """The route of each, in order; whoever gets one has an order more when the next is routed. load: open orders."""
    now, made = dict(load), []
    for need in needs:
        found = route(need, staffing, now)
        if found.staff_id:
            now[found.staff_id] = now.get(found.staff_id, 0) + 1
        made.append(found)
    return made


def route(need: Need, staffing: Staffing, load: Mapping[str, int]) -> Route:
    """See the module. load: open orders by staff id; who is missing has none."""
    if need.wants.on_line and (adviser := _on_duty(need, staffing, load)):
        return Route(adviser, "duty")
    owner, moved = owner_after_moves(need, staffing)
    absence = _absence(owner, need, staffing)
    if absence is None:
        return Route(owner, "moved" if moved else "owner")
    away = owner if absence == "on_leave" else None
    deputy = _deputy(owner, need, staffing) if owner and away else None
    if deputy:
        return Route(deputy, "deputy", away, absence)
    if member := _least_loaded(staffing.team.get(need.customer_id, ()), need, staffing, load):
        return Route(member, "team", away, absence)
    if need.wants.skills and (skilled := _least_loaded(_colleagues(need, staffing), need, staffing, load)):
        return Route(skilled, "skilled", away, absence)
    return Route(None, "pool", None, absence)


def owner_after_moves(need: Need, staffing: Staffing) -> tuple[str | None, bool]:
    """The owner on the day, and whether the customer changed hands since `known_on`: moves in order of their day."""
    owner, moved = need.owner_id, False
    for move in sorted(staffing.moves, key=lambda m: (m.effective_on, m.number)):
        if need.known_on < move.effective_on <= need.day and move.giver_id == owner and move.takes(need.customer_id):
            owner, moved = receiver_of(move, need.customer_id), True
    return owner, moved


def leave_of(staff_id: str, day: date, staffing: Staffing) -> Leave | None:
    """The leave the person is on; the one that began last where several overlap."""
    found = [each for each in staffing.leaves if each.staff_id == staff_id and each.since <= day <= each.until]
    return max(found, key=lambda each: (each.since, each.until, each.deputy_id or ""), default=None)


def _absence(staff_id: str | None, need: Need, staffing: Staffing) -> Absence | None:
    """Why this person cannot get the order; None when they can."""
    if staff_id is None:
        return "no_owner"
    member = staffing.members.get(staff_id)
    if member and not member.active:
        return "left"
    if leave_of(staff_id, need.day, staffing):
        return "on_leave"
    held = {skill.code for skill in member.skills if skill.holds(need.day)} if member else set()
    return None if need.wants.skills <= held else "lacks_skill"


def _deputy(staff_id: str, need: Need, staffing: Staffing) -> str | None:
    """Down the line of deputies to the first who is not on leave; None in a circle, and where that one cannot."""
    seen = {staff_id}
    here = staff_id
    while leave := leave_of(here, need.day, staffing):
        if leave.deputy_id is None or leave.deputy_id in seen:
            return None
        here = leave.deputy_id
        seen.add(here)
    return here if _absence(here, need, staffing) is None else None


def _on_duty(need: Need, staffing: Staffing, load: Mapping[str, int]) -> str | None:
    now = [shift for shift in staffing.shifts if shift.starts_at <= need.at < shift.ends_at]
    for branch_id in _upwards(need.branch_id, staffing.above):
        here = [shift.staff_id for shift in now if shift.branch_id == branch_id]
        if adviser := _least_loaded(here, need, staffing, load):
            return adviser
    return None


def _upwards(branch_id: str | None, above: Mapping[str, str]) -> list[str]:
    """The branch and those above it; a circle ends where it began."""
    line: list[str] = []
    while branch_id and branch_id not in line:
        line.append(branch_id)
        branch_id = above.get(branch_id)
    return line


def _colleagues(need: Need, staffing: Staffing) -> list[str]:
    here = [m for m in staffing.members.values() if m.is_rm and m.branch_id == need.branch_id]
    return [member.staff_id for member in here]


def _least_loaded(staff_ids: Iterable[str], need: Need, staffing: Staffing, load: Mapping[str, int]) -> str | None:
    able = [staff_id for staff_id in staff_ids if _absence(staff_id, need, staffing) is None]
    return min(
        able,
        key=lambda staff_id: (_share(staffing.members.get(staff_id), load.get(staff_id, 0)), staff_id),
        default=None,
    )


def _share(member: Member | None, orders: int) -> float:
    """Open orders against the daily capacity; who has none counts as full."""
    return orders / member.capacity if member and member.capacity > 0 else float("inf")
