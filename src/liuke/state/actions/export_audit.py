"""The audit log as a file for an auditor. What is exported, by whom and what for stands in the log first."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from liuke.errors import Place, TryAgain, YourMistake
from liuke.govern.access import require
from liuke.govern.approval import reason_of
from liuke.govern.audit import AuditRecord
from liuke.state.actions.change_order import Who
from liuke.state.audit import append, newest
from liuke.state.audit_list import FORMS, AuditFilter, count_audit, write_audit
from liuke.whole_file import whole_file


@dataclass(frozen=True, slots=True)
class AuditExport:
    """Which rows, in which form (of FORMS), what for."""

    wanted: AuditFilter
    form: str
    reason: str


def export_audit(who: Who, export: AuditExport, path: Path) -> int:
    """Writes the rows to `path`, which appears whole or not at all; returns how many, its own row not among them.

    Raises NotAllowed without `see_audit`, YourMistake for a form that is none, a file that is there or no reason.
    """
    require(who.scope, "see_audit")
    form, reason = next((f for f in FORMS if f == export.form), None), reason_of(export.reason)
    if form is None:
        raise YourMistake(
            f"there is no form '{export.form}'", expected=" or ".join(FORMS), state="nothing was written",
        )  # fmt: skip
    if path.exists():
        raise YourMistake("the file exists", place=Place(str(path)), state="nothing was written", then="name another")
    last, rows = newest()[0], count_audit(export.wanted)
    data = {"form": form, "rows": rows, **export.wanted.said()}
    scope = who.scope
    append(AuditRecord(who.at, scope.actor, scope.role, "audit_export", "audit", form, reason, who.address, data))
    mark = f"{scope.actor} {who.at.isoformat(timespec='seconds')}"
    try:
        with whole_file(path) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig" if form == "csv" else "utf-8", newline="")
            write_audit(text, form, export.wanted, last, mark)
            text.flush()
            text.detach()
    except OSError as error:
        raise TryAgain(
            f"the file could not be written: {error.strerror or error}",
            place=Place(str(path)),
            state="no file was made; the attempt stands in the audit log",
            then="free disk space or name a folder you may write to, then export again",
        ) from error
    return rows
