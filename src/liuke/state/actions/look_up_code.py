"""An application is found by its code: by staff and systems within their branches, by customers with a second factor.

No answer tells whether a code was never issued, has run out, was replaced, or belongs to another branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from liuke.act.progress.code import code_hash, phone_hash, read_code, same
from liuke.act.progress.guessing import CODE, PERSON, GuessTerms, from_address
from liuke.errors import YourMistake
from liuke.govern.access import Permission, require
from liuke.govern.audit import AuditRecord, Plain
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.guessing import forgive, let_try
from liuke.state.models import Application

CUSTOMER: Final = "customer"
"""The actor of looks by code and phone, without a log-in."""


class NotACode(YourMistake):
    """What was typed cannot be a code; nothing was looked up, and it counts as no try."""

    def __init__(self) -> None:
        super().__init__(
            "this cannot be a progress code",
            expected="nine letters and digits, as in 7K3-MQ9-XAQ",
            state="nothing was looked up",
            then="check the code, letter by letter",
        )


class NoSuchCode(YourMistake):
    """No application is opened by it."""

    def __init__(self) -> None:
        super().__init__(
            "no application is opened by this",
            state="nothing was shown",
            then="check what was typed, or ask for a new code",
        )


def look_up_code(
    who: Who, typed: str, key: str, guards: Mapping[str, GuessTerms], *, need: Permission = "work_applications"
) -> Application:
    """The application, for somebody to whom the customer gave the code. guards: who is slowed by wrong ones.

    Raises NotAllowed, NotACode, TooManyTries, NoSuchCode.
    """
    require(who.scope, need)
    code = _read(typed)
    let_try(guards, who.at)
    rows = Application.objects.handed_to(who.scope).in_force(who.at)
    row = rows.filter(code_hash=code_hash(code, key)).first()
    if row is None:
        _note(who.at, who.scope.actor, who.scope.role, who.address, None)
        raise NoSuchCode
    forgive(guards)
    _note(who.at, who.scope.actor, who.scope.role, who.address, row)
    return row


def look_up_by_customer(typed: str, digits: str, key: str, now: datetime, address: str) -> Application:
    """The application, for whoever has the code and knows the last four digits of the registered phone.

    Both are compared by digests in constant time, and whichever is wrong the answer is the same. The code is slowed
    too, from wherever it is tried, so that the digits cannot be gone through. Raises NotACode, TooManyTries,
    NoSuchCode.
    """
    code = _read(typed)
    digest = code_hash(code, key)
    guards = {f"page:{from_address(address)}": PERSON, f"code:{digest}": CODE}
    let_try(guards, now)
    row = Application.objects.in_force(now).filter(code_hash=digest).first()
    told = phone_hash(digits, row.application_id if row else "", key)
    if not same(row.phone_hash if row else "", told) or row is None:
        _note(now, CUSTOMER, "", address, None)
        raise NoSuchCode
    forgive(guards)
    _note(now, CUSTOMER, "", address, row)
    return row


def _read(typed: str) -> str:
    code = read_code(typed)
    if code is None:
        raise NotACode
    return code


def _note(now: datetime, actor: str, role: str, address: str, row: Application | None) -> None:
    """The audit row: never the code, nor whose it might have been when it was wrong."""
    action = "progress_look_up" if row else "progress_refused"
    data: dict[str, Plain] = {"customer_id": row.customer_id} if row else {}
    name = row.application_id if row else ""
    append(AuditRecord(now, actor, role, action, "application", name, "", address, dict(data)))
