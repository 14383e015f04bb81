"""What the entrance must not give away: secrets to logs and rows, which names there are, people to other sites."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from django.apps import apps
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from liuke.govern.access import Scope
from liuke.state import second_factor
from liuke.state.accounts import ensure_user
from liuke.state.actions.change_order import Who
from liuke.state.actions.issue_key import KeyWish, issue_key
from liuke.state.actions.keep_second_factor import switch_on
from liuke.state.actions.rotate_key import rotate_key
from liuke.state.models import User
from liuke.state.sync import sync_organisation

GOOD, WRONG, NEW = "correct-horse-battery", "wrong-donkey-engine", "four-other-plain-words"


@pytest.fixture
def lu(db: None) -> User:
    sync_organisation([{"branch_id": "NJ", "name": "南京支行", "parent_id": None, "level": "branch"}], [])
    return ensure_user("lu", role="admin", password=GOOD)


def _stored() -> str:
    """Every column of every row of every table."""
    rows = [row for model in apps.get_models() for row in model._default_manager.values_list()]
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_no_secret_is_in_a_log_a_row_or_the_audit(
    lu: User, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    now, client = datetime.now(UTC), Client()
    begun = second_factor.begin(lu, None, now)
    secret = begun.secret
    who = Who(Scope("root", "admin", frozenset()), now)
    recovery = switch_on(who, lu, begun.mark, pyotp.TOTP(secret).at(now.timestamp() - 30))
    row, key = issue_key(who, KeyWish("网点", ("summary",), ("service",), "NJ"))
    _, rotated = rotate_key(who, row.key_id)
    client.post("/login/", {"username": "lu", "password": WRONG})
    client.post("/login/", {"username": WRONG, "password": GOOD})
    client.post("/login/", {"username": "lu", "password": GOOD})
    client.post("/login/code/", {"code": WRONG})
    client.post("/login/code/", {"code": recovery[0]})
    client.post("/account/password/", {"old": GOOD, "new": NEW, "again": NEW})
    again = Client()
    again.post("/login/", {"username": "lu", "password": NEW})
    again.post("/login/code/", {"code": recovery[0]})  # used before, so it fails
    session = str(client.session.session_key)
    for bearer in (key, rotated, f"{key}x"):
        Client().get("/api/v1/openapi.json", headers={"authorization": f"Bearer {bearer}"})
    told = caplog.text + "".join(capfd.readouterr())
    kept = _stored()
    secrets = [GOOD, WRONG, NEW, secret, recovery[0], recovery[1], *(k.split("_", 2)[2] for k in (key, rotated))]
    assert [s for s in secrets if s in told] == []
    assert [s for s in secrets if s in kept] == []
    assert session not in told
    assert len(kept) > 2000


def _efforts(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], int]:
    """How many hashes a log-in computes."""
    count = [0]
    for name in ("encode", "verify"):
        before = getattr(Argon2PasswordHasher, name)

        def counted(self: Any, *args: Any, _before: Any = before, **more: Any) -> Any:
            count[0] += 1
            return _before(self, *args, **more)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)

    def effort(username: str, password: str) -> int:
        count[0] = 0
        Client().post("/login/", {"username": username, "password": password})
        return count[0]

    return effort


def test_a_name_nobody_has_costs_as_much_as_a_wrong_password(
    lu: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    User.objects.create(username="sso_only", role="admin", password="!unusable")
    ensure_user("closed", role="admin", password=GOOD)
    User.objects.filter(username="closed").update(is_active=False)
    effort = _efforts(monkeypatch)
    names = ("lu", "nobody", "sso_only", "closed")
    assert [effort(name, WRONG) for name in names] == [1, 1, 1, 1]
    sign_in = settings.BANK.sign_in.model_copy(update={"passwords": "emergency", "emergency": ("closed",)})
    settings.BANK = settings.BANK.model_copy(update={"sign_in": sign_in})
    assert [effort(name, WRONG) for name in names] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "evil",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "http:evil.example", " //evil.example", "/%09/evil.example\t", "///evil.example"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(lu: User, evil: str, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User.objects.get(username="lu").set_password(GOOD)
    for address, form in (("/login/", {"username": "lu", "password": GOOD}), ("/language/", {"language": "en"})):
        to = Client().post(address, {**form, "next": evil}).headers.get("Location", "/")
        assert to.startswith("/")
        assert not to.startswith(("//", "/\\"))


def test_what_pages_carry_for_the_browser(db: None) -> None:
    told = Client().get("/login/")
    assert "default-src 'self'" in told["Content-Security-Policy"]
    assert "unsafe" not in told["Content-Security-Policy"]
    assert told["Cross-Origin-Resource-Policy"] == told["Cross-Origin-Opener-Policy"] == "same-origin"
    assert (told["X-Frame-Options"], told["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert told["Referrer-Policy"] == "same-origin"
    assert "camera=()" in told["Permissions-Policy"]
    assert told["Cache-Control"] == "no-store"
