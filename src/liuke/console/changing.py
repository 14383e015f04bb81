"""What every page about a change of a file shows, who wrote it, what it changes, what may be done; and does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.http import Http404, HttpRequest, HttpResponse

from liuke.console import labels
from liuke.console.acting import who_of
from liuke.console.diffing import diff_lines
from liuke.console.posted import version_shown, words
from liuke.console.reading import house
from liuke.console.reading.rule_bench import people, trail
from liuke.console.reading.text_bench import open_texts
from liuke.errors import LiukeError
from liuke.govern.access import Scope
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.text_change import (
    LONGEST,
    TextKind,
    discard,
    has_moved,
    rebase,
    refuse,
    save,
    withdraw,
)
from liuke.state.actions.whole_bank import has_rights
from liuke.state.models import TextChange
from liuke.state.models.four_eyes import Drafted

STEPS: Final = ("save", "propose", "approve", "refuse", "withdraw", "discard", "rebase")
Row = TypeVar("Row", bound=Drafted)
Bench = TypeVar("Bench")


@dataclass(frozen=True, slots=True)
class Steps(Generic[Row, Bench]):
    """The steps of one sort of text. bench, propose, approve: what differs between sorts. propose gets the row just
    saved, approve the bench, the row's number, the version shown and the reason.
    """

    texts: TextKind[Row]
    bench: Callable[[], Bench]
    propose: Callable[[Who, Row, HttpRequest], object]
    approve: Callable[[Who, Bench, int, int, str], object]

    def taken(
        self, request: HttpRequest, found: Row, name: str, shown: Callable[..., HttpResponse]
    ) -> HttpResponse | None:
        """None once the step is done; else the page by `shown` (typed, stale, mistake, status), told what stands
        against it, with the text as it was typed. Raises Http404 for a step that is none.
        """
        if name not in STEPS:
            raise Http404
        typed = request.POST.get("text") if name in ("save", "propose") else None
        try:
            self._take(who_of(request), found, name, request)
        except Stale:
            return shown(typed=typed, stale=True, status=409)
        except LiukeError as error:
            return shown(typed=typed, mistake=error, status=422)
        return None

    def _take(self, who: Who, found: Row, name: str, request: HttpRequest) -> None:
        version = version_shown(request)
        if name == "save":
            self._saved(who, found, request)
        elif name == "propose":
            self.propose(who, self._saved(who, found, request), request)
        elif name == "approve":
            self.approve(who, self.bench(), found.pk, version, words(request, "reason"))
        elif name == "refuse":
            refuse(self.texts, who, found.pk, version, words(request, "reason"))
        elif name == "rebase":
            rebase(self.texts, who, house().home, found.pk, version)
        else:
            {"withdraw": withdraw, "discard": discard}[name](self.texts, who, found.pk, version)

    def _saved(self, who: Who, found: Row, request: HttpRequest) -> Row:
        return save(self.texts, who, found.pk, request.POST.get("text", ""), version_shown(request))


def seen_change(found: Row | None, scope: Scope) -> Row:
    """The change; a draft is its author's own, and what is discarded is gone. Raises Http404."""
    if found is None or found.stage == "discarded" or (found.stage == "draft" and found.author != scope.actor):
        raise Http404
    return found


def waiting_texts(texts: TextKind[TextChange], scope: Scope) -> dict[str, Any]:
    """For `text_changes.html`: what waits for somebody, for those who write or decide; nothing for the others."""
    if not (has_rights(scope, "edit_rules") or has_rights(scope, "approve_rules")):
        return {}
    found = open_texts(texts, scope.actor)
    return {
        "what": texts.only["what"],
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
