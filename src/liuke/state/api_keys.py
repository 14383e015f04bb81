"""Keys of the API: found by their text, listed, those that end soon, and the moment they were last used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from liuke.govern.access import Scope
from liuke.govern.api_key import ApiKey, parts_of, same
from liuke.state.models import ApiKeyRow
from liuke.state.scopes import branches_from

_STEP: Final = timedelta(minutes=1)
"""The last use is written so often at most: reading shall not become a write for each request."""
SOON: Final = timedelta(days=30)
"""Keys that end within it are pointed out."""
_SHOWN: Final = (
    "key_id", "name", "scopes", "purposes", "branch_id", "per_second", "created_at", "expires_at", "revoked_at",
    "last_used_at",
)  # fmt: skip
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_USED: Final[dict[str, datetime]] = {}
"""When this process noted the use of a key last."""


def find_key(text: str, now: datetime) -> ApiKey | None:
    """The key whose text this is, in force or not; None when there is none. Notes the use of one in force.

    Whether it is revoked and when it ends is looked up each time; what it may ask never changes and is kept.
    """
    parts = parts_of(text)
    row = _standing(parts[0]) if parts else None
    if parts is None or row is None or not same(parts[1], row[0]):
        return None
    found = _facts(parts[0], *row)
    if row[1] is not None:
        return replace(found, revoked_at=_row(parts[0]).revoked_at)
    if found.out_of_force(now) is None and now - _USED.get(found.key_id, _NEVER) >= _STEP:
        _note_use(found, now)
    return found


def _standing(key_id: str) -> tuple[str, object, object] | None:
    """Digest, when it was revoked, when it ends, as the database has them: by hand, since each request asks and the
    query's text never differs.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest, revoked_at, expires_at FROM state_apikeyrow WHERE key_id = %s", [key_id])
        found: tuple[str, object, object] | None = cursor.fetchone()
    return found


@lru_cache(maxsize=1024)
def _facts(key_id: str, digest: str, revoked: object, ends: object) -> ApiKey:
    """Read again only when one of these differs."""
    return replace(key_of(_row(key_id)), revoked_at=None)


def _row(key_id: str) -> ApiKeyRow:
    return ApiKeyRow.objects.get(key_id=key_id)


def listed(now: datetime, within_days: int | None = None) -> list[dict[str, Any]]:
    """The keys without digests, in the order they were made; with `within_days` those in force that end by then."""
    rows = ApiKeyRow.objects.order_by("created_at")
    if within_days is not None:
        rows = rows.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + timedelta(days=within_days))
    return [dict(row) for row in rows.values(*_SHOWN)]


def ends_soon(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a key in force ends within SOON."""
    return row["revoked_at"] is None and now < row["expires_at"] <= now + SOON


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
    _USED[key.key_id] = now
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _STEP)
    ApiKeyRow.objects.filter(stale, key_id=key.key_id).update(last_used_at=now)
