"""A key of the API gets a new secret: under the same name and rights, the old one valid beside it for some days."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction

from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.api_key import new_secret
from liuke.govern.audit import AuditRecord
from liuke.state.actions.change_order import Who
from liuke.state.actions.issue_key import LONGEST
from liuke.state.audit import append
from liuke.state.models import ApiKeyRow

LONGEST_OVERLAP: Final = 90
_STATE: Final = "the key is as it was"


def rotate_key(who: Who, key_id: str, *, overlap_days: int = 7, days: int | None = None) -> tuple[ApiKeyRow, str]:
    """The new key's row and its text, which cannot be shown again.

    overlap_days: for so long both open the API, then only the new one; 0 ends the old one at once. days: how long the
    new one lives; as long as the old one was made for when None. Raises NotAllowed; YourMistake for a key that is
    unknown, revoked or over.
    """
    require(who.scope, "manage_keys")
    _check(overlap_days, days)
    with transaction.atomic():
        old = ApiKeyRow.objects.select_for_update().filter(key_id=key_id).first()
        if old is None or old.revoked_at is not None or old.expires_at <= who.at:
            raise YourMistake(
                f"there is no key '{key_id}' in force",
                state="no key was made",
                then="liuke keys list   # shows their ids; for one that is over: liuke keys add",
            )
        secret = new_secret()
        life = timedelta(days=days) if days is not None else old.expires_at - old.created_at
        row = ApiKeyRow.objects.create(
            key_id=secret.key_id,
            name=old.name,
            digest=secret.digest,
            scopes=old.scopes,
            purposes=old.purposes,
            branch_id=old.branch_id,
            per_second=old.per_second,
            created_at=who.at,
            created_by=who.scope.actor,
            expires_at=who.at + life,
        )
        old.expires_at = min(old.expires_at, who.at + timedelta(days=overlap_days))
        old.save(update_fields=["expires_at"])
        _audit(who, old, row)
    return row, secret.text


def _check(overlap_days: int, days: int | None) -> None:
    if not 0 <= overlap_days <= LONGEST_OVERLAP or (days is not None and not 0 < days <= LONGEST):
        expected = f"0 to {LONGEST_OVERLAP} days of overlap, 1 to {LONGEST} days of life"
        raise YourMistake("the overlap or the key's life is out of bounds", expected=expected, state=_STATE)


def _audit(who: Who, old: ApiKeyRow, row: ApiKeyRow) -> None:
    data = {"name": row.name, "replaces": old.key_id, "both_until": old.expires_at.isoformat(timespec="minutes"),
            "expires": row.expires_at.date().isoformat()}  # fmt: skip
    append(AuditRecord(who.at, who.scope.actor, who.scope.role, "key_rotate", "key", row.key_id, "", who.address, data))
