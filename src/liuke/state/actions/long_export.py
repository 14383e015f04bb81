"""Exporting a long list by four eyes: asked for by one person, let go by another, downloaded once within a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from liuke.govern.access import require
from liuke.govern.approval import reason_of
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, audit_step, take_step
from liuke.state.actions.whole_bank import check_rights
from liuke.state.locks import sole_writer
from liuke.state.models import LongExport

LASTS: Final = timedelta(hours=24)
"""How long what was let go may be exported."""
GROWTH: Final = 1.1
"""A list may have grown by a tenth since it was asked for: customers come and go with every daily run."""


def _told(row: LongExport) -> dict[str, Any]:
    return {"rows": row.rows, "version": row.definition}


_EXPORTS: Final = Kind(LongExport, "long_exports", "long_export", _told)


def ask_long_export(who: Who, code: str, definition: str, rows: int, note: str) -> LongExport:
    """Asks a second person; the one that waits already when the same is asked again.

    Raises NotAllowed without `export`, YourMistake without a reason.
    """
    require(who.scope, "export")
    said = mask_text(reason_of(note))
    with sole_writer(_EXPORTS.lock):
        mine = LongExport.objects.filter(code=code, author=who.scope.actor, stage="proposed")
        if waiting := mine.filter(definition=definition, rows__gte=rows / GROWTH).first():
            return waiting
        for old in mine:
            old.stage, old.version, old.changed_at = "discarded", old.version + 1, who.at
            old.save()
            audit_step(_EXPORTS, who, old, "discard")
        made = LongExport.objects.create(
            code=code, rows=rows, definition=definition, stage="proposed", note=said, author=who.scope.actor,
            changed_at=who.at, proposed_at=who.at,
        )  # fmt: skip
        audit_step(_EXPORTS, who, made, "propose", said)
    return made


def let_go(who: Who, code: str, definition: str) -> LongExport | None:
    """What may be exported now by who asked for it: approved within the last day, and not exported yet."""
    rows = LongExport.objects.filter(code=code, author=who.scope.actor, definition=definition, stage="approved")
    return rows.filter(spent_at=None, decided_at__gt=who.at - LASTS).order_by("-decided_at").first()


def spend(who: Who, row: LongExport) -> bool:
    """Uses it up; False when another request was faster."""
    return bool(LongExport.objects.filter(pk=row.pk, spent_at=None).update(spent_at=who.at, changed_at=who.at))


def decide_long_export(who: Who, pk: int, step: str, version: int, reason: str = "") -> LongExport:
    """Lets it go ('approve'), or not ('refuse', which needs a reason); never one's own.

    Raises NotAllowed without `approve_exports` for the whole bank, NotTheirs for the author, Stale, YourMistake.
    """
    check_rights(who, "approve_exports")

    def work(row: LongExport) -> None:
        row.reason = mask_text(reason_of(reason) if step == "refuse" else reason.strip())
        row.decided_by, row.decided_at = who.scope.actor, who.at

    return take_step(_EXPORTS, who, pk, step, version, work)
