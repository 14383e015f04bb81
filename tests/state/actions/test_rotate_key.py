"""A key of the API gets a new secret, the old one valid beside it for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions.issue_key import KeyWish, issue_key
from liuke.state.actions.revoke_key import revoke_key
from liuke.state.actions.rotate_key import rotate_key
from liuke.state.api_keys import ends_soon, find_key, listed
from liuke.state.models import ApiKeyRow, AuditEntry

WISH = KeyWish("手机银行", ("summary", "shortcuts"), ("service",), "NJ", days=100, per_second=9)


def _in_force(text, now):
    key = find_key(text, now)
    return key is not None and key.out_of_force(now) is None


def test_both_secrets_open_during_the_overlap_and_only_the_new_one_afterwards(who):
    admin, row, old = _issued(who)
    now = admin.at
    assert _in_force(old, now)  # known to this process as it was before
    made, new = rotate_key(admin, row.key_id, overlap_days=7)
    assert all(_in_force(text, now + timedelta(days=6.9)) for text in (old, new))
    assert [_in_force(text, now + timedelta(days=7)) for text in (old, new)] == [False, True]
    facts = ("name", "scopes", "purposes", "branch_id", "per_second")
    assert [getattr(made, f) for f in facts] == [getattr(row, f) for f in facts]
    assert (made.key_id != row.key_id, made.expires_at) == (True, now + timedelta(days=100))
    [entry] = AuditEntry.objects.filter(action="key_rotate")
    assert (entry.object_id, entry.data["replaces"]) == (made.key_id, row.key_id)
    assert new.split("_", 2)[2] not in str(entry.data) + str(list(ApiKeyRow.objects.values()))


def test_without_an_overlap_the_old_secret_ends_at_once(who):
    admin, row, old = _issued(who)
    _, new = rotate_key(admin, row.key_id, overlap_days=0, days=30)
    assert [_in_force(text, admin.at) for text in (old, new)] == [False, True]
    assert not _in_force(new, admin.at + timedelta(days=30))


def test_an_overlap_never_makes_the_old_key_live_longer(who):
    admin, row, old = _issued(who)
    ApiKeyRow.objects.filter(key_id=row.key_id).update(expires_at=admin.at + timedelta(days=2))
    rotate_key(admin, row.key_id, overlap_days=30)
    assert not _in_force(old, admin.at + timedelta(days=2))


def test_only_a_key_in_force_is_rotated_and_only_by_an_administrator(who):
    admin, row, _ = _issued(who)
    with pytest.raises(NotAllowed):
        rotate_key(who("analyst", "HQ"), row.key_id)
    for overlap, days in ((-1, None), (91, None), (7, 0), (7, 731)):
        with pytest.raises(YourMistake, match="out of bounds"):
            rotate_key(admin, row.key_id, overlap_days=overlap, days=days)
    revoke_key(admin, row.key_id)
    for key_id in (row.key_id, "nobody"):
        with pytest.raises(YourMistake, match="in force"):
            rotate_key(admin, key_id)
    assert ApiKeyRow.objects.count() == 1


def test_keys_that_end_soon_are_pointed_out_and_revoked_ones_are_not(who):
    admin, row, _ = _issued(who)
    later = admin.at + timedelta(days=71)
    [shown] = listed(later, within_days=30)
    assert (shown["key_id"], ends_soon(shown, later), ends_soon(shown, admin.at)) == (row.key_id, True, False)
    assert "digest" not in shown
    assert listed(admin.at, within_days=30) == []
    revoke_key(admin, row.key_id)
    assert listed(later, within_days=30) == []
    assert not ends_soon(listed(later)[0], later)


def _issued(who):
    admin = who("admin", "HQ")
    row, text = issue_key(admin, WISH)
    return admin, row, text
