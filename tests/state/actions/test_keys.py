from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.state.actions.change_order import Who
from liuke.state.actions.issue_key import KeyWish, issue_key
from liuke.state.actions.revoke_key import revoke_key
from liuke.state.api_keys import find_key, scope_of_key
from liuke.state.models import ApiKeyRow, AuditEntry, Branch

pytestmark = pytest.mark.django_db
NOW = timezone.now()
ADMIN = Who(Scope("root", "admin", frozenset()), NOW, "10.0.0.1")
WISH = KeyWish("网点大屏", ("summary",), ("service",), "B1", days=30, per_second=5)


@pytest.fixture(autouse=True)
def branches():
    for branch_id, parent, level in (("HQ", "", "head"), ("B1", "HQ", "branch"), ("B2", "B1", "outlet")):
        Branch.objects.create(branch_id=branch_id, name=branch_id, parent_id=parent, level=level)


def test_a_key_is_found_by_its_text_and_by_nothing_else():
    row, text = issue_key(ADMIN, WISH)
    found = find_key(text, NOW)
    assert found is not None
    assert (found.key_id, found.expires_at) == (row.key_id, NOW + timedelta(days=30))
    assert [find_key(wrong, NOW) for wrong in (text + "x", text[:-1], row.key_id, row.digest, "")] == [None] * 5


def test_a_key_sees_its_branch_and_those_below():
    _, text = issue_key(ADMIN, WISH)
    found = find_key(text, NOW)
    assert found is not None
    assert scope_of_key(found).branches == {"B1", "B2"}


def test_the_last_use_is_written_once_a_minute():
    row, text = issue_key(ADMIN, WISH)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        find_key(text, NOW + timedelta(seconds=seconds))
        row.refresh_from_db()
        assert row.last_used_at == NOW + timedelta(seconds=noted)


def test_a_key_out_of_force_is_found_and_says_why():
    _, text = issue_key(ADMIN, WISH)
    late = find_key(text, NOW + timedelta(days=30))
    assert late is not None
    assert late.out_of_force(NOW + timedelta(days=30)) == "expired"
    revoke_key(ADMIN, late.key_id)
    revoked = find_key(text, NOW)
    assert revoked is not None
    assert revoked.out_of_force(NOW) == "revoked"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scopes": ("summry",)}, "summary"), ({"scopes": ()}, "needs a scope"), ({"purposes": ("x",)}, "purpose 'x'"),
        ({"name": " "}, "name"), ({"days": 0}, "out of bounds"), ({"per_second": 1001}, "out of bounds"),
        ({"branch_id": "B9"}, "unknown branch"),
    ],
)  # fmt: skip
def test_a_wrong_wish_makes_no_key(change, told):
    wish = KeyWish(**{name: getattr(WISH, name) for name in WISH.__slots__} | change)
    with pytest.raises(YourMistake, match=told):
        issue_key(ADMIN, wish)
    assert not ApiKeyRow.objects.exists()


def test_only_administrators_make_and_revoke_keys_and_it_is_audited():
    row, _ = issue_key(ADMIN, WISH)
    nosy = Who(Scope("a", "analyst", None), NOW)
    for forbidden in (lambda: issue_key(nosy, WISH), lambda: revoke_key(nosy, row.key_id)):
        with pytest.raises(NotAllowed):
            forbidden()
    assert revoke_key(ADMIN, row.key_id, "丢失,联系 13800005678").revoked_at == NOW
    revoke_key(ADMIN, row.key_id, "again")
    with pytest.raises(YourMistake, match="no key 'x'"):
        revoke_key(ADMIN, "x")
    told = AuditEntry.objects.order_by("seq").values_list("action", "object_id", "actor", "reason")
    assert list(told) == [
        ("key_issue", row.key_id, "root", ""), ("key_revoke", row.key_id, "root", "丢失,联系 138****5678"),
    ]  # fmt: skip
