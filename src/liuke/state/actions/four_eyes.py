"""One step of a proposal on its way through four eyes: locked, checked, worked, stored, audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from liuke.errors import YourMistake, coded
from liuke.govern.approval import move
from liuke.govern.audit import AuditRecord
from liuke.state.actions.change_order import Stale, Who
from liuke.state.audit import append
from liuke.state.locks import sole_writer
from liuke.state.models.four_eyes import Proposed

Row = TypeVar("Row", bound=Proposed)
SYSTEM: Final = "system"
"""Stands as the actor of what the daily run does."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[Row]):
    """What is proposed. lock: of `sole_writer`. name: begins the audit log's actions. told: what they keep of a row.
    advance: (stage, step, author=, actor=) → stage after; of what lives on after its approval another than `move`.
    """

    rows: type[Row]
    lock: str
    name: str
    told: Callable[[Row], Mapping[str, Any]]
    advance: Callable[..., str] = move


def take_step(
    kind: Kind[Row], who: Who, pk: int, step: str, version: int, work: Callable[[Row], None] = lambda _: None,
    last: Callable[[Row], None] = lambda _: None, note: str | None = None,
) -> Row:  # fmt: skip
    """The row after the step. `work` changes it and may refuse; `last` is done when all else is. note: for the audit
    log; by default why it was decided so, or why it was proposed.

    Raises YourMistake where there is no such row, Stale where it has moved on, and what `kind.advance` raises.
    """
    with sole_writer(kind.lock):
        row: Row | None = kind.rows._default_manager.select_for_update().filter(pk=pk).first()
        if row is None:
            raise YourMistake(coded("no_change", "there is no such change"), state="nothing was changed")
        if row.version != version:
            raise Stale("this change was changed in the meantime", state="nothing was changed", then="look again")
        row.stage = kind.advance(row.stage, step, author=row.author, actor=who.scope.actor)
        work(row)
        keep(row, who.at)
        if step != "save":
            said = row.reason if step in ("approve", "refuse") else row.note
            audit_step(kind, who, row, step, said if note is None else note)
        last(row)
    return row


def take_named_step(
    kind: Kind[Row], who: Who, code: str, step: str, version: int, note: str,
    work: Callable[[Row], None] = lambda _: None,
) -> Row:  # fmt: skip
    """`take_step` of the one row that has the code, of kinds that keep one each."""
    pk = kind.rows._default_manager.filter(code=code).values_list("pk", flat=True).first()
    if pk is None:
        raise YourMistake(
            coded("never_proposed", "'{name}' was never proposed", name=code), state="nothing was changed"
        )
    return take_step(kind, who, pk, step, version, work, note=note)


def propose_named(
    kind: Kind[Row], who: Who, code: str, note: str, *, is_known: Callable[[Row], bool], write: Callable[[Row], None]
) -> Row:  # fmt: skip
    """Asks for approval of what `write` puts into the one row that has the code, wherever it stood; a new row for a new
    code. write: may refuse. is_known: whether the row waits with the same, or is approved: YourMistake.
    """
    with sole_writer(kind.lock):
        row = _named(kind, code, who.scope.actor)
        if is_known(row):
            raise YourMistake(coded("nothing_changed", "nothing would change"), state="nothing was proposed")
        write(row)
        _wait(kind, row, who.scope.actor, note, who.at)
        keep(row, who.at)
        audit_step(kind, who, row, "propose", note)
    return row


def adopt_named(
    kind: Kind[Row], who: Who, code: str, author: str, note: str, reason: str, write: Callable[[Row], None]
) -> Row:  # fmt: skip
    """As `propose_named` by the author, approved by `who`: for a text that is just being approved.

    For actions that check both people's rights and the text; in their transaction.
    """
    with sole_writer(kind.lock):
        row = _named(kind, code, author)
        write(row)
        _wait(kind, row, author, note, who.at)
        row.stage = kind.advance(row.stage, "approve", author=author, actor=who.scope.actor)
        row.decided_by, row.reason, row.decided_at = who.scope.actor, reason.strip(), who.at
        keep(row, who.at)
        audit_step(kind, who, row, "approve", row.reason)
    return row


def daily_step(kind: Kind[Row], row: Row, step: str, at: datetime, note: str = "") -> None:
    """A step of the daily run: taken, stored, audited. The caller has locked the row and written what goes with it."""
    row.stage = kind.advance(row.stage, step, author=row.author, actor=SYSTEM)
    keep(row, at)
    append(AuditRecord(at, SYSTEM, "", f"{kind.name}_{step}", kind.name, row.code, note, data=kind.told(row)))


def keep(row: Proposed, at: datetime) -> None:
    """Stores the row as it is now."""
    row.version, row.changed_at = row.version + 1, at
    row.save()


def audit_step(kind: Kind[Row], who: Who, row: Row, step: str, note: str = "") -> None:
    """Writes that the step was taken."""
    data = {**kind.told(row), "change": row.pk}
    append(
        AuditRecord(
            who.at, who.scope.actor, who.scope.role, f"{kind.name}_{step}", kind.name, row.code, note, who.address, data
        )
    )


def _named(kind: Kind[Row], code: str, author: str) -> Row:
    row: Row | None = kind.rows._default_manager.select_for_update().filter(code=code).first()
    return row or kind.rows(code=code, author=author)


def _wait(kind: Kind[Row], row: Row, author: str, note: str, at: datetime) -> None:
    """The row as it waits for a decision, wherever it stood before; not saved."""
    if row.stage != "draft":
        back = "withdraw" if row.stage == "proposed" else "revise"
        row.stage = kind.advance(row.stage, back, author=row.author, actor=author)
    row.author, row.decided_by, row.reason, row.decided_at = author, "", "", None
    row.stage = kind.advance(row.stage, "propose", author=author, actor=author)
    row.note, row.proposed_at = note, at
