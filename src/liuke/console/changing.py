"""What every page about a change of a file shows: who wrote it, what it changes, what may be done with it."""

from __future__ import annotations

from typing import Any, TypeVar

from django.http import Http404

from liuke.console import labels
from liuke.console.diffing import diff_lines
from liuke.console.reading import house
from liuke.console.reading.rule_bench import people, trail
from liuke.console.reading.text_bench import open_texts
from liuke.govern.access import Scope
from liuke.state.actions.text_change import LONGEST, TextKind, has_moved
from liuke.state.actions.whole_bank import has_rights
from liuke.state.models.four_eyes import Drafted

Row = TypeVar("Row", bound=Drafted)


def seen_change(found: Row | None, scope: Scope) -> Row:
    """The change; a draft is its author's own, and what is discarded is gone. Raises Http404."""
    if found is None or found.stage == "discarded" or (found.stage == "draft" and found.author != scope.actor):
        raise Http404
    return found


def waiting_texts(what: str, scope: Scope) -> dict[str, Any]:
    """For `text_changes.html`: what waits for somebody, for those who write or decide; nothing for the others."""
    if not (has_rights(scope, "edit_rules") or has_rights(scope, "approve_rules")):
        return {}
    found = open_texts(what, scope.actor)
    return {
        "what": what,
        "changes": found,
        "writers": people(change.author for change in found),
        "stages": labels.CHANGE_STAGES,
        "can_edit": has_rights(scope, "edit_rules"),
    }


def change_context(texts: TextKind[Row], found: Row, scope: Scope, text: str) -> dict[str, Any]:
    """For the parts `change_*.html`. text: as typed, where something was."""
    home, mine = house().home, found.author == scope.actor
    is_open = found.stage in ("draft", "refused", "proposed")
    moved = is_open and has_moved(texts, home, found)
    return {
        "change": found,
        "text": text,
        "file": texts.name(found.code),
        "mine": mine,
        "writes": found.stage in ("draft", "refused") and has_rights(scope, "edit_rules") and mine,
        "decides": found.stage == "proposed" and has_rights(scope, "approve_rules") and not mine,
        "moved": diff_lines(found.base, texts.files.read(home, found.code)) if moved else (),
        "diff": diff_lines(found.base, text),
        "stages": labels.CHANGE_STAGES,
        "names": people([found.author, found.decided_by]),
        "trail": trail(found.pk, texts.kind.name),
        "action_labels": labels.AUDIT_ACTIONS,
        "longest": LONGEST,
    }
