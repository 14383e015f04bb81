"""A segment as a file: behind a permission, audited before it is written, masked, every row watermarked."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import Place, TryAgain, YourMistake
from liuke.govern.access import Scope, may, require, scoped
from liuke.govern.audit import AuditRecord
from liuke.govern.masking import mask_row
from liuke.govern.spreadsheet import inert
from liuke.insight.amounts import Locale
from liuke.insight.rules.compile import matching
from liuke.insight.rules.data import RuleData
from liuke.insight.segments.catalogue import Segment
from liuke.tables import CUSTOMER_SNAPSHOT

COLUMNS = ("customer_id", "name", "phone", "gender", "bank_tier", "branch_id", "staff_id", "opened_on", "aum", "tier")
WATERMARK = ("exported_by", "exported_at", "export_id")

Audit = Callable[[AuditRecord], object]
"""Writes one audit row; state.audit.append does."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Who asks, why, when (aware); locale: of the bands in which amounts are shown.

    fewest: a list of fewer customers points at single ones and goes only to roles that may unmask them. most: of more
    a second person has to let go first; None for any number.
    """

    scope: Scope
    reason: str
    at: datetime
    locale: Locale = "zh-hans"
    fewest: int = 1
    most: int | None = None


class TooFew(YourMistake):
    """The list is so short that it would point at single customers."""


class TooMany(YourMistake):
    """The list is so long that a second person has to let it go. rows: its customers in the person's scope."""

    def __init__(self, rows: int, most: int) -> None:
        super().__init__(
            f"{rows} customers, more than the {most} that one person may export alone",
            state="nothing was written",
            then="export it on the segment's page, where a second person is asked to let it go",
        )
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows of customers, and the number that every row and the audit row carry."""

    path: Path
    rows: int
    export_id: str


def export_segment(
    engine: Engine,
    segment: Segment,
    data: RuleData,
    path: Path,
    request: ExportRequest,
    audit: Audit,
) -> Exported:
    """Writes the members in scope to a CSV file (UTF-8 with mark, for Excel); streamed, in any number.

    The audit row comes first: an export that cannot be recorded does not happen. The file appears whole or not at
    all. Cells that a spreadsheet would take for formulas get an apostrophe. Raises NotAllowed without the
    permission `export`, YourMistake without a reason or when the file exists, TooFew or TooMany for a list too short or
    too long.
    """
    scope, reason = request.scope, request.reason.strip()
    require(scope, "export")
    if not reason:
        raise YourMistake("an export needs a reason", state="nothing was written", then="say why with --reason")
    if path.exists():
        raise YourMistake("the file exists", place=Place(str(path)), state="nothing was written", then="name another")
    columns = [n for n in COLUMNS if n in data.people.columns and n != "customer_id"]
    owners = [n for n in ("branch_id", "staff_id") if n not in columns]
    found = scoped(matching(engine, segment.rule, data, *columns, *owners), scope).select("customer_id", *columns)
    kept = engine.materialise(found)
    export_id, count = secrets.token_hex(6), engine.count(kept)
    if 0 < count < request.fewest and not may(scope.role, "unmask"):
        engine.release(kept)
        raise TooFew(
            f"fewer than {request.fewest} customers in your scope: the list would point at single ones",
            state="nothing was written",
            then="ask somebody whose role looks at single customers",
        )
    if request.most is not None and count > request.most:
        engine.release(kept)
        raise TooMany(count, request.most)
    audit(
        AuditRecord(
            at=request.at, actor=scope.actor, role=scope.role, action="export", object_type="segment",
            object_id=segment.code, reason=reason,
            data={"export_id": export_id, "rows": count, "version": segment.version, "as_of": data.day.isoformat(),
                  "columns": ["customer_id", *columns]},
        )
    )  # fmt: skip
    mark = dict(zip(WATERMARK, (scope.actor, request.at.isoformat(timespec="seconds"), export_id), strict=True))
    try:
        _write(engine, kept, path, mark, request)
    finally:
        engine.release(kept)
    return Exported(path, count, export_id)


def _write(engine: Engine, rows: ir.Table, path: Path, mark: Mapping[str, str], request: ExportRequest) -> None:
    half = path.with_name(f".{path.name}.{mark['export_id']}")
    reads = request.scope.reads
    try:
        with half.open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow((*rows.columns, *mark))
            for batch in engine.batches(rows.order_by("customer_id")):
                for row in batch.to_pylist():
                    masked = mask_row(row, CUSTOMER_SNAPSHOT, reads, request.locale)
                    writer.writerow([_cell(v) for v in (*masked.values(), *mark.values())])
        half.rename(path)
    except OSError as error:
        raise TryAgain(
            f"the file could not be written: {error.strerror or error}",
            place=Place(str(path)),
            state="no file was made; the attempt stands in the audit log",
            then="free disk space or name a folder you may write to, then export again",
        ) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def _cell(value: Any) -> str:
    return "" if value is None else str(inert(str(value)))
