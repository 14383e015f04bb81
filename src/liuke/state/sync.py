"""Mirrors the organisation from the lake: rows in, tables here made equal to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from liuke.errors import YourMistake
from liuke.state.models import Branch, Staff, TeamMember

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Synced:
    """Rows now in each mirror."""

    branches: int
    staff: int
    team_members: int


def sync_organisation(
    branches: Iterable[Mapping[str, Any]],
    staff: Iterable[Mapping[str, Any]],
    team: Iterable[tuple[str, str]] = (),
) -> Synced:
    """Makes the mirrors equal to the lake's current dimension rows, in one transaction.

    branches, staff: rows of the BRANCH and STAFF contracts, newest version of each key. team: (staff_id,
    customer_id) of assignments with role 'team' that hold today; members entered in the console stay. Staff who
    left the rows become inactive, so that names on old orders stay readable. Refuses an empty branch list: it would
    blind every branch head.
    """
    branch_rows = [_branch(row) for row in branches]
    staff_rows = [_staff(row) for row in staff]
    team_rows = [TeamMember(staff_id=s, customer_id=c) for s, c in sorted(set(team))]
    if not branch_rows:
        raise YourMistake(
            "the branch list is empty",
            state="the mirror was left as it was",
            then="load the branch table first (liuke load), then run the day again",
        )
    with transaction.atomic():
        _upsert(Branch, branch_rows, "branch_id")
        Branch.objects.exclude(branch_id__in=[b.branch_id for b in branch_rows]).delete()
        _upsert(Staff, staff_rows, "staff_id")
        Staff.objects.exclude(staff_id__in=[s.staff_id for s in staff_rows]).update(active=False)
        TeamMember.objects.filter(own=False).delete()
        TeamMember.objects.bulk_create(team_rows, batch_size=_BATCH, ignore_conflicts=True)
    return Synced(len(branch_rows), len(staff_rows), len(team_rows))


def _upsert(model: type[Branch] | type[Staff], rows: list[Any], key: str) -> None:
    others = [f.attname for f in model._meta.concrete_fields if f.attname != key]
    model._default_manager.bulk_create(
        rows, batch_size=_BATCH, update_conflicts=True, unique_fields=[key], update_fields=others
    )


def _branch(row: Mapping[str, Any]) -> Branch:
    return Branch(
        branch_id=row["branch_id"],
        name=row["name"][:128],
        parent_id=row.get("parent_id") or "",
        level=row["level"],
        city=(row.get("city") or "")[:64],
    )


def _staff(row: Mapping[str, Any]) -> Staff:
    return Staff(
        staff_id=row["staff_id"],
        name=row["name"][:64],
        branch_id=row["branch_id"],
        role=row["role"],
        daily_capacity=row.get("daily_capacity"),
        active=row.get("active") is not False,
    )
