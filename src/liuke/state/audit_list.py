"""Looking up audit rows: pages of them, and all of them as a file for an auditor."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import IO, Any, Final, Literal, get_args

from django.db.models import QuerySet
from django.utils import timezone

from liuke.govern.audit import record_line
from liuke.govern.spreadsheet import inert
from liuke.state.models import AuditEntry

Form = Literal["csv", "jsonl"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
"""csv: for a spreadsheet. jsonl: for `liuke audit verify --file`, and for other programs."""
_COLUMNS: Final = (
    "seq", "at", "actor", "role", "action", "object_type", "object_id", "reason", "address", "data", "previous_hash",
    "hash",
)  # fmt: skip
_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for. Empty strings and None do not filter; days are the bank's, both included."""

    actor: str = ""
    action: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None

    def said(self) -> dict[str, str]:
        """What it filters by, as texts."""
        return {name: str(value) for name, value in asdict(self).items() if value}


def audit_page(wanted: AuditFilter, number: int, size: int) -> tuple[list[AuditEntry], bool]:
    """The page's rows, newest first, and whether there are more. No count: the log grows without end."""
    found = list(_found(wanted).order_by("-seq")[(number - 1) * size : number * size + 1])
    return found[:size], len(found) > size


def count_audit(wanted: AuditFilter) -> int:
    """How many rows there are."""
    return _found(wanted).count()


def write_audit(file: IO[str], form: Form, wanted: AuditFilter, last: int, mark: str) -> None:
    """Writes the rows up to the `seq` last, oldest first. mark: who made the file and when, in each row of a csv.

    Moments are UTC with six digits, as they are hashed. Rows are streamed, in any number. Lines of jsonl carry no mark:
    they are the log's own, and their hashes can be checked without the database.
    """
    rows = _found(wanted).filter(seq__lte=last).order_by("seq").iterator(chunk_size=_BATCH)
    if form == "jsonl":
        file.writelines(record_line(row.chained()) + "\n" for row in rows)
        return
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow((*_COLUMNS, "exported_by"))
    writer.writerows([inert(cell) for cell in (*_cells(row), mark)] for row in rows)


def _cells(row: AuditEntry) -> list[Any]:
    texts = {
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "data": json.dumps(row.data, ensure_ascii=False, sort_keys=True),
    }
    return [texts.get(name, getattr(row, name)) for name in _COLUMNS]


def _found(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    exact = {"actor": wanted.actor, "action": wanted.action, "object_id": wanted.object_id}
    rows = AuditEntry.objects.filter(**{name: value for name, value in exact.items() if value})
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())
