"""One step of a proposal on its way through four eyes: locked, checked, worked, stored, audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from liuke.errors import YourMistake, coded
from liuke.govern.approval import move
from liuke.govern.audit import AuditRecord
from liuke.state.actions.change_order import Stale, Who
from liuke.state.audit import append
from liuke.state.locks import sole_writer
from liuke.state.models.four_eyes import Proposed

Row = TypeVar("Row", bound=Proposed)


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
