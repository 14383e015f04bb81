"""Keys of the API: found by their text, listed, and the moment they were last used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from liuke.govern.access import Scope
from liuke.govern.api_key import ApiKey, parts_of, same
from liuke.state.models import ApiKeyRow
from liuke.state.scopes import branches_from

_STEP: Final = timedelta(minutes=1)
"""The last use is written so often at most: reading shall not become a write for each request."""


def find_key(text: str, now: datetime) -> ApiKey | None:
    """The key whose text this is, in force or not; None when there is none. Notes the use of one in force."""
    parts = parts_of(text)
    row = ApiKeyRow.objects.filter(key_id=parts[0]).first() if parts else None
    if parts is None or row is None or not same(parts[1], row.digest):
        return None
    found = key_of(row)
    if found.out_of_force(now) is None and (row.last_used_at is None or now - row.last_used_at >= _STEP):
        _note_use(found, now)
    return found


def key_of(row: ApiKeyRow) -> ApiKey:
    """The row as a value, without the digest."""
    return ApiKey(
        key_id=row.key_id,
        name=row.name,
        scopes=frozenset(row.scopes),
        purposes=frozenset(row.purposes),
        branch_id=row.branch_id,
        per_second=row.per_second,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def scope_of_key(key: ApiKey) -> Scope:
    """The rows a key may see: its branch and those below, with the rights of an analyst, who sees people masked."""
    return Scope(f"key:{key.key_id}", "analyst", branches_from(key.branch_id))


def _note_use(key: ApiKey, now: datetime) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _STEP)
    ApiKeyRow.objects.filter(stale, key_id=key.key_id).update(last_used_at=now)
