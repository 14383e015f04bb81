"""Where an order goes, said the slow and obvious way: everybody is looked at for every rule, and nothing is shared."""

from __future__ import annotations

from collections.abc import Mapping

from liuke.act.routing.route import Need
from liuke.act.routing.staffing import Staffing, receiver_of


def expected(need: Need, staffing: Staffing, load: Mapping[str, int]) -> tuple[str | None, str]:
    """The desk and the way."""
    everybody = set(staffing.members)
    owner, way = need.owner_id, "owner"
    for move in sorted(staffing.moves, key=lambda m: (m.effective_on, m.number)):
        in_force = move.effective_on > need.known_on and move.effective_on <= need.day
        chosen = len(move.customers) == 0 or need.customer_id in move.customers
        if in_force and chosen and move.giver_id == owner:
            owner, way = receiver_of(move, need.customer_id), "moved"

    def away(staff_id: str) -> bool:
        return any(leave.staff_id == staff_id and leave.since <= need.day <= leave.until for leave in staffing.leaves)

    def can(staff_id: str) -> bool:
        if staff_id not in everybody:
            return not away(staff_id) and not need.wants.skills
        member = staffing.members[staff_id]
        certified = all(
            any(
                s.code == code and s.since <= need.day and (s.until is None or need.day <= s.until)
                for s in member.skills
            )
            for code in need.wants.skills
        )
        return member.active and not away(staff_id) and certified

    def lightest(staff_ids: list[str]) -> str | None:
        def weight(staff_id: str) -> tuple[float, str]:
            member = staffing.members.get(staff_id)
            full = member is None or member.capacity == 0
            return (float("inf") if full else load.get(staff_id, 0) / member.capacity, staff_id)  # type: ignore[union-attr]

        ordered = sorted((staff_id for staff_id in staff_ids if can(staff_id)), key=weight)
        return ordered[0] if ordered else None

    if need.wants.on_line:
        branch, passed = need.branch_id, set()
        while branch is not None and branch not in passed:
            passed.add(branch)
            duty = [
                s.staff_id
                for s in staffing.shifts
                if s.branch_id == branch and s.starts_at <= need.at and need.at < s.ends_at
            ]
            if lightest(duty):
                return lightest(duty), "duty"
            branch = staffing.above.get(branch)
    if owner is not None and can(owner):
        return owner, way
    gone = owner in everybody and not staffing.members[owner].active  # type: ignore[index]
    if owner is not None and away(owner) and not gone:
        line = [owner]
        while away(line[-1]):
            on = [
                leave
                for leave in staffing.leaves
                if leave.staff_id == line[-1] and leave.since <= need.day <= leave.until
            ]
            last = sorted(on, key=lambda leave: (leave.since, leave.until, leave.deputy_id or ""))[-1]
            if last.deputy_id is None or last.deputy_id in line:
                break
            line.append(last.deputy_id)
        if can(line[-1]):
            return line[-1], "deputy"
    mates = lightest(list(staffing.team.get(need.customer_id, ())))
    if mates:
        return mates, "team"
    here = [
        m.staff_id for m in staffing.members.values() if m.is_rm and need.branch_id and m.branch_id == need.branch_id
    ]
    if need.wants.skills and lightest(here):
        return lightest(here), "skilled"
    return None, "pool"
