"""Log-ins through the console's own form: lock-out after five failures, and every one in the audit log."""

import pytest
from django.test import Client

from liuke.state.accounts import ensure_user
from liuke.state.audit import verify
from liuke.state.models import AuditEntry, User
from liuke.state.sync import sync_organisation

GOOD = "correct-horse-battery"


@pytest.fixture
def lu(db: None) -> User:
    sync_organisation(
        [{"branch_id": "NJ", "name": "南京支行", "parent_id": None, "level": "branch"}],
        [{"staff_id": "S1", "name": "陆晓楠", "branch_id": "NJ", "role": "rm"}],
    )
    return ensure_user("lu", role="rm", staff_id="S1", password=GOOD)


def _try(username: str, password: str, address: str = "10.0.0.1") -> int:
    answer = Client(REMOTE_ADDR=address).post("/login/", {"username": username, "password": password})
    return answer.status_code


def _actions() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("seq").values_list("action", "actor"))


def test_the_fifth_failure_locks_the_log_in_even_for_the_right_password(lu: User) -> None:
    assert [_try("lu", f"wrong-{n}") for n in range(5)] == [200] * 4 + [429]
    assert _try("lu", GOOD) == 429
    assert ("locked_out", "lu") in _actions()
    assert verify() is None


def test_a_lock_out_neither_hits_colleagues_nor_the_same_person_elsewhere(lu: User) -> None:
    ensure_user("head", role="branch_head", branch_id="NJ", password=GOOD)
    for n in range(5):
        _try("lu", f"wrong-{n}")
    assert _try("head", GOOD) == 302
    assert _try("lu", GOOD, address="10.0.0.2") == 302


def test_failures_and_log_outs_are_written_and_a_name_nobody_has_is_not(lu: User) -> None:
    _try("my secret password", "x")
    _try("lu", "wrong")
    client = Client()
    client.post("/login/", {"username": "lu", "password": GOOD})
    client.post("/logout/")
    assert _actions() == [("login_failed", "?"), ("login_failed", "lu"), ("login", "lu"), ("logout", "lu")]
