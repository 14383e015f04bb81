"""The branch head keeps leave, duty, certificates and teams of the own staff: one form or one file at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from liuke.errors import Finding, YourMistake, coded
from liuke.govern.access import Scope, require
from liuke.govern.audit import AuditRecord
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.models import Staff, StaffLeave
from liuke.state.people_rows import MODELS, Fields, Kind, Known, mistake, read_rows


def staff_of(scope: Scope) -> QuerySet[Staff]:
    """Active staff of the scope's branches."""
    rows = Staff.objects.filter(active=True)
    return rows if scope.branches is None else rows.filter(branch_id__in=sorted(scope.branches))


def add_people(who: Who, kind: Kind, rows: Iterable[tuple[int | None, Fields]], known: Known, name: str = "") -> int:
    """Stores all of the rows or, with YourMistake, none; returns how many were not there before.

    rows, known, name: as for `read_rows`. Two leaves of one person may not overlap. Needs `hand_over`.
    """
    require(who.scope, "hand_over")
    rows = list(rows)
    made = read_rows(kind, rows, known, name)
    with transaction.atomic():
        fresh = [(line, row) for (line, _), row in zip(rows, made, strict=True) if not _is_there(row)]
        if kind == "leave":
            _no_overlap(fresh, name)
        # The same row twice in a file is one; every model has its own rule of what is the same.
        stored = MODELS[kind]._default_manager.bulk_create([row for _, row in fresh], ignore_conflicts=kind != "leave")
        if stored:
            staff_ids = sorted({row.staff_id for row in made})
            data = {"rows": len(stored), "staff": ",".join(staff_ids[:50])}
            _audit(who, f"{kind}_added", kind, name, data)
    return len(stored)


def remove_people(who: Who, kind: Kind, pk: int) -> None:
    """Takes one row away; it stays in the audit log. Only rows about staff of the own branches. Needs `hand_over`."""
    require(who.scope, "hand_over")
    with transaction.atomic():
        row: Any = MODELS[kind]._default_manager.select_for_update().filter(pk=pk).first()
        if (
            row is None
            or not staff_of(who.scope).filter(staff_id=row.staff_id).exists()
            or not getattr(row, "own", True)
        ):
            raise YourMistake(
                "there is no such row about your staff", state="nothing was changed", then="read the list again"
            )
        fields = {f.attname: str(getattr(row, f.attname)) for f in row._meta.concrete_fields if f.attname != "id"}
        row.delete()
        _audit(who, f"{kind}_removed", kind, str(pk), fields)


def _is_there(row: Any) -> bool:
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in ("id", "own")}
    return bool(type(row)._default_manager.filter(**fields).exists())


def _no_overlap(fresh: list[tuple[int | None, StaffLeave]], name: str) -> None:
    stored = StaffLeave.objects.filter(staff_id__in={row.staff_id for _, row in fresh})
    seen: list[StaffLeave] = list(stored)
    findings = []
    for line, row in fresh:
        crossed = next(
            (s for s in seen if s.staff_id == row.staff_id and s.since <= row.until and row.since <= s.until), None
        )
        if crossed:
            said = coded(
                "leave_overlaps", "overlaps the leave {since} to {until}", since=crossed.since, until=crossed.until
            )
            findings.append(Finding(said, line, "since"))
        seen.append(row)
    if findings:
        raise mistake(findings, name)


def _audit(who: Who, action: str, kind: Kind, name: str, data: dict[str, Any]) -> None:
    append(AuditRecord(who.at, who.scope.actor, who.scope.role, action, kind, name[:64], "", who.address, data))
