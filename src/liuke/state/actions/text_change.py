"""A text on its way into a file of the bank by four eyes: what rules, offers and campaigns have in common.

The file stays what is in force; a row is a text on its way there. The file a change was begun from is kept with it, so
that a file that somebody changed meanwhile is seen before anything is written over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from django.db.models import QuerySet

from liuke.act.bank_file import BankFiles
from liuke.errors import Place, YourMistake, coded
from liuke.govern.approval import reason_of
from liuke.insight.content_hash import content_hash
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, audit_step, take_step
from liuke.state.actions.whole_bank import check_rights
from liuke.state.locks import sole_writer
from liuke.state.models.four_eyes import Drafted
from liuke.yaml_file import is_code

LONGEST: Final = 20_000
"""Characters of a text: some five times the longest of ours."""
Row = TypeVar("Row", bound=Drafted)


class FileMoved(YourMistake):
    """The file is not what the change was begun from."""


@dataclass(frozen=True, slots=True)
class TextKind(Generic[Row]):
    """kind: of the proposals. files: where the texts go. only: columns that tell its rows from others of the table."""

    kind: Kind[Row]
    files: BankFiles
    only: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> QuerySet[Row]:
        """All its changes."""
        return self.kind.rows._default_manager.filter(**self.only)

    def name(self, code: str) -> str:
        """The file as people know it."""
        return f"{self.files.folder}/{code}.yaml"


def begin(texts: TextKind[Row], who: Who, home: Path, code: str, text: str | None = None) -> Row:
    """The person's open change, else a new draft: of the file, or of `text` for a new one.

    Raises YourMistake for a name that cannot be a code or is taken, and when there is no such file to change.
    """
    check_rights(who, "edit_rules")
    base = texts.files.read(home, code) if is_code(code) else ""
    if not is_code(code):
        raise YourMistake(coded("no_code_name", "'{name}' cannot be a code", name=code))
    if text is not None and base:
        raise YourMistake(coded("code_taken", "there is {file} already", file=texts.name(code)), then="change that one")
    if text is None and not base:
        place = Place(str(texts.files.path(home, code)))
        raise YourMistake(coded("no_such_text", "there is no {file}", file=texts.name(code)), place=place)
    with sole_writer(texts.kind.lock):
        mine = texts.rows().filter(code=code, author=who.scope.actor, stage__in=("draft", "proposed", "refused"))
        if found := mine.order_by("-changed_at").first():
            return found
        made: Row = texts.kind.rows._default_manager.create(
            code=code, base=base, text=base if text is None else text, author=who.scope.actor, begun_at=who.at,
            changed_at=who.at, **texts.only,
        )  # fmt: skip
        audit_step(texts.kind, who, made, "begin")
    return made


def save(texts: TextKind[Row], who: Who, pk: int, text: str, version: int) -> Row:
    """The draft with another text, right or wrong: it is checked when it is proposed."""
    check_rights(who, "edit_rules")

    def write(row: Row) -> None:
        row.text = short(text)

    return take_step(texts.kind, who, pk, "save", version, write)


def refuse(texts: TextKind[Row], who: Who, pk: int, version: int, reason: str) -> Row:
    """Says no, and why; the author may change the text and propose again."""
    check_rights(who, "approve_rules")

    def note(row: Row) -> None:
        row.reason = reason_of(reason)
        row.decided_by, row.decided_at = who.scope.actor, who.at

    return take_step(texts.kind, who, pk, "refuse", version, note)


def withdraw(texts: TextKind[Row], who: Who, pk: int, version: int) -> Row:
    """Takes the proposal back: it is a draft again."""
    check_rights(who, "edit_rules")
    return take_step(texts.kind, who, pk, "withdraw", version)


def discard(texts: TextKind[Row], who: Who, pk: int, version: int) -> Row:
    """Gives the draft up."""
    check_rights(who, "edit_rules")
    return take_step(texts.kind, who, pk, "discard", version)


def rebase(texts: TextKind[Row], who: Who, home: Path, pk: int, version: int) -> Row:
    """Puts the draft upon the file as it stands now: its own text stays, and what differs is seen against that."""
    check_rights(who, "edit_rules")

    def take_up(row: Row) -> None:
        row.base = texts.files.read(home, row.code)

    return take_step(texts.kind, who, pk, "save", version, take_up)


def proposed(row: Row, note: str, at: datetime) -> None:
    """The row as it waits for a decision; not saved. Raises YourMistake without a reason, or where nothing changed."""
    if row.text == row.base:
        raise YourMistake(coded("nothing_changed", "nothing would change"), state="nothing was proposed")
    row.note, row.proposed_at = reason_of(note), at
    row.decided_by, row.reason, row.decided_at = "", "", None


def decided(texts: TextKind[Row], who: Who, row: Row, reason: str) -> None:
    """The row as it was approved, the version before it replaced; the row itself is not saved."""
    texts.rows().filter(code=row.code, stage="approved").update(stage="replaced", changed_at=who.at)
    row.decided_by, row.reason, row.decided_at = who.scope.actor, reason.strip(), who.at


def has_moved(texts: TextKind[Row], home: Path, row: Row) -> bool:
    """Whether the file is neither what the change was begun from, nor what it would write."""
    return texts.files.read(home, row.code) not in (row.base, row.text)


def check_unmoved(texts: TextKind[Row], home: Path, row: Row) -> None:
    """Raises FileMoved when the file has changed since the change was begun."""
    if has_moved(texts, home, row):
        raise FileMoved(
            coded("file_moved", "{file} was changed since this change was begun", file=texts.name(row.code)),
            place=Place(str(texts.files.path(home, row.code))),
            state="nothing was written",
            then="look at the difference, then take up the file as it stands",
        )


def short(text: str) -> str:
    """The text with plain line ends. Raises YourMistake when it is longer than any."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(plain) > LONGEST:
        raise YourMistake(coded("too_long", "a text has at most {most} characters", most=LONGEST))
    return plain


def told(row: Drafted) -> dict[str, Any]:
    """What the audit log keeps of a change."""
    return {"base": content_hash(row.base), "text": content_hash(row.text)}
