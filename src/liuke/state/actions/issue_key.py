"""An administrator gives a system of the bank a key of the API: permission, checks, audit row; the secret once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction

from liuke.errors import YourMistake, did_you_mean
from liuke.govern.access import require
from liuke.govern.api_key import ASK_PURPOSES, ASKS, new_secret
from liuke.govern.audit import AuditRecord
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.models import ApiKeyRow, Branch

LONGEST: Final = 730
"""Days a key may live at most."""
FASTEST: Final = 1000
_STATE: Final = "no key was made"


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What the key shall be. days: how long it lives. per_second: requests it may make."""

    name: str
    scopes: Collection[str]
    purposes: Collection[str]
    branch_id: str
    days: int = 365
    per_second: int = 50


def issue_key(who: Who, wish: KeyWish) -> tuple[ApiKeyRow, str]:
    """The key's row and its text, which cannot be shown again. Raises NotAllowed, YourMistake."""
    require(who.scope, "manage_keys")
    _check(wish)
    secret = new_secret()
    with transaction.atomic():
        row = ApiKeyRow.objects.create(
            key_id=secret.key_id,
            name=wish.name.strip(),
            digest=secret.digest,
            scopes=sorted(set(wish.scopes)),
            purposes=sorted(set(wish.purposes)),
            branch_id=wish.branch_id,
            per_second=wish.per_second,
            created_at=who.at,
            created_by=who.scope.actor,
            expires_at=who.at + timedelta(days=wish.days),
        )
        _audit(who, row)
    return row, secret.text


def _check(wish: KeyWish) -> None:
    for word, given, known in (("scope", wish.scopes, ASKS), ("purpose", wish.purposes, ASK_PURPOSES)):
        if not given:
            raise YourMistake(f"a key needs a {word}", expected=", ".join(known), state=_STATE)
        for code in given:
            if code not in known:
                raise YourMistake(f"unknown {word} '{code}'", expected=did_you_mean(code, known), state=_STATE)
    if not 0 < len(wish.name.strip()) <= 64:
        raise YourMistake("a key needs a name of at most 64 characters", state=_STATE, then="say whose key it is")
    if not 0 < wish.days <= LONGEST or not 0 < wish.per_second <= FASTEST:
        expected = f"1 to {LONGEST} days, 1 to {FASTEST} requests a second"
        raise YourMistake("the key's life or pace is out of bounds", expected=expected, state=_STATE)
    if not Branch.objects.filter(branch_id=wish.branch_id).exists():
        near = did_you_mean(wish.branch_id, Branch.objects.values_list("branch_id", flat=True)[:2000])
        raise YourMistake(f"unknown branch '{wish.branch_id}'", expected=near, state=_STATE)


def _audit(who: Who, row: ApiKeyRow) -> None:
    data = {"name": row.name, "scopes": row.scopes, "purposes": row.purposes, "branch_id": row.branch_id,
            "per_second": row.per_second, "expires": row.expires_at.date().isoformat()}  # fmt: skip
    append(AuditRecord(who.at, who.scope.actor, who.scope.role, "key_issue", "key", row.key_id, "", who.address, data))
