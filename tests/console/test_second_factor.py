"""The second factor through the console's own forms: enrolment, the door, replay, guessing, recovery, reset."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client

from liuke.govern.access import Scope
from liuke.state import second_factor
from liuke.state.accounts import ensure_user
from liuke.state.actions.change_order import Who
from liuke.state.actions.keep_second_factor import reset_factor
from liuke.state.audit import verify
from liuke.state.models import AuditEntry, RecoveryCode, SecondFactor, SignIn, User

GOOD = "correct-horse-battery"


@pytest.fixture
def lu(db: None, settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 has its own tests
    return ensure_user("lu", role="admin", password=GOOD)


@pytest.fixture
def rule(settings: Any) -> Callable[[str], None]:
    """rule("required"): what the bank asks of administrators."""

    def ask(word: str) -> None:
        sign_in = settings.BANK.sign_in.model_copy(update={"second_factor": {"admin": word}})
        settings.BANK = settings.BANK.model_copy(update={"sign_in": sign_in})

    return ask


def _codes(user: User) -> list[str]:
    """Switches the factor on, as of five minutes ago; the recovery codes."""
    before = datetime.now(UTC) - timedelta(minutes=5)
    begun = second_factor.begin(user, None, before)
    codes = second_factor.confirm(user, begun.mark, pyotp.TOTP(begun.secret).at(before), before)
    assert codes is not None
    return codes


def _now(user: User) -> str:
    secret = second_factor.sealer().unseal(SecondFactor.objects.get(user=user).sealed, f"user {user.pk}")
    return pyotp.TOTP(secret).now()


def _password(client: Client, **more: str) -> str:
    return str(client.post("/login/", {"username": "lu", "password": GOOD, **more}).headers.get("Location"))


def _inside(client: Client) -> bool:
    return not client.get("/").headers["Location"].startswith("/login/")


def _actions() -> list[str]:
    return list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))


def test_the_password_alone_opens_nothing_and_the_code_leads_where_the_person_wanted(lu: User) -> None:
    _codes(lu)
    client = Client()
    assert _password(client, next="/data/?page=2") == "/login/code/"
    assert not _inside(client)
    assert SignIn.objects.count() == 0
    answer = client.post("/login/code/", {"code": _now(lu)})
    assert answer["Location"] == "/data/?page=2"
    assert _inside(client)
    assert _actions() == ["login"]


def test_a_code_opens_once(lu: User) -> None:
    _codes(lu)
    code = _now(lu)
    for client, expected in ((Client(), 302), (Client(), 200)):
        _password(client)
        assert client.post("/login/code/", {"code": code}).status_code == expected
    assert _actions() == ["login", "factor_wrong", "login_failed"]


def test_without_the_password_the_code_is_not_even_asked_for(lu: User) -> None:
    _codes(lu)
    for address in ("/login/code/", "/login/enrol/"):
        assert Client().get(address)["Location"] == "/login/"
        assert Client().post(address, {"code": _now(lu)})["Location"] == "/login/"


def test_half_way_in_ends_after_ten_minutes_and_with_a_new_password(lu: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _codes(lu)
    client, late = Client(), Client()
    _password(client)
    _password(late)
    later = datetime.now(UTC) + timedelta(minutes=11)
    with monkeypatch.context() as clock:
        clock.setattr("liuke.console.half_way.timezone.now", lambda: later)
        assert late.post("/login/code/", {"code": _now(lu)})["Location"] == "/login/"
    lu.set_password("another-plain-word")
    lu.save()
    assert client.post("/login/code/", {"code": _now(lu)})["Location"] == "/login/"
    assert not _inside(client)


def test_wrong_codes_are_counted_with_wrong_passwords_and_a_right_password_forgives_none(lu: User) -> None:
    _codes(lu)
    client = Client()
    for _ in range(2):
        client.post("/login/", {"username": "lu", "password": "wrong"})
    _password(client)
    answers = [client.post("/login/code/", {"code": "000000"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert client.post("/login/code/", {"code": _now(lu)}).status_code == 429
    assert Client().post("/login/", {"username": "lu", "password": GOOD}).status_code == 429
    assert not _inside(client)


def test_guessing_from_many_places_is_stopped_too(lu: User) -> None:
    _codes(lu)
    answers = []
    for n in range(7):
        client = Client(REMOTE_ADDR=f"10.0.1.{n}")
        _password(client)
        answers.append(client.post("/login/code/", {"code": "000000"}).status_code)
    assert answers == [200] * 6 + [429]
    last = Client(REMOTE_ADDR="10.0.2.1")
    _password(last)
    assert last.post("/login/code/", {"code": _now(lu)}).status_code == 429


def test_a_recovery_code_opens_once(lu: User) -> None:
    codes = _codes(lu)
    assert codes[0] not in str(list(RecoveryCode.objects.values_list("digest", flat=True)))
    for expected in (302, 200):
        client = Client()
        _password(client)
        assert client.post("/login/code/", {"code": codes[0].upper()}).status_code == expected
    used = AuditEntry.objects.get(action="recovery_used")
    assert used.data == {"left": 9}


def test_a_role_that_must_have_it_sets_it_up_before_anything_opens(
    lu: User, rule: Callable[[str], None], built: None
) -> None:
    rule("required")
    client = Client()
    assert _password(client) == "/login/enrol/"
    page = client.get("/login/enrol/").content.decode()
    assert not _inside(client)
    secret = re.sub(r"\s", "", re.findall(r'class="mono secret">([^<]+)<', page)[0])
    assert "<svg" in page
    assert "style=" not in page.split("<svg")[-1]
    assert client.post("/login/enrol/", {"code": "000000"}).status_code == 200
    entered = client.post("/login/enrol/", {"code": pyotp.TOTP(secret).now()}).content.decode()
    assert len(re.findall(r"\w{4}-\w{4}-\w{4}", entered)) == 10
    assert _inside(client)
    assert secret not in SecondFactor.objects.get(user=lu).sealed
    assert client.post("/account/factor/off/", {"code": "000000"}).status_code == 404
    assert _actions() == ["factor_begun", "factor_wrong", "login_failed", "factor_on", "login"]


def test_a_secret_is_shown_in_the_session_that_began_it_and_nowhere_else(
    lu: User, rule: Callable[[str], None], built: None
) -> None:
    """Somebody else who knows the password reads no secret that the person is about to use."""
    rule("required")
    mine, other = Client(), Client()
    secrets = []
    for client in (other, mine):
        _password(client)
        page = client.get("/login/enrol/").content.decode()
        secrets.append(re.sub(r"\s", "", re.findall(r'class="mono secret">([^<]+)<', page)[0]))
    assert secrets[0] != secrets[1]
    assert other.post("/login/enrol/", {"code": pyotp.TOTP(secrets[0]).now()}).status_code == 200
    assert not _inside(other)


def test_on_the_account_page_nothing_is_confirmed_or_shown_that_no_password_began(lu: User, built: None) -> None:
    begun = second_factor.begin(lu, None, datetime.now(UTC))
    client = Client()
    _password(client)
    assert client.post("/account/factor/confirm/", {"code": "000000"}).headers["Location"] == "/account/"
    code = pyotp.TOTP(begun.secret).now()
    assert client.post("/account/factor/confirm/", {"code": code}).headers["Location"] == "/account/"
    assert second_factor.confirmed(lu) is None


def test_a_session_without_it_ends_once_the_role_must_have_it(lu: User, rule: Callable[[str], None]) -> None:
    client = Client()
    _password(client)
    assert _inside(client)
    rule("required")
    assert not _inside(client)


def test_where_the_bank_wants_none_none_is_asked_for(lu: User, rule: Callable[[str], None]) -> None:
    _codes(lu)
    rule("off")
    client = Client()
    assert _password(client) == "/"
    assert client.post("/account/factor/begin/").status_code == 404


def test_an_administrator_resets_it_and_others_cannot(lu: User) -> None:
    client = Client()
    _password(client)
    _codes(lu)
    who = Who(Scope("root", "admin", frozenset()), datetime.now(UTC))
    assert reset_factor(who, "lu", "手机遗失")
    assert (SecondFactor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    assert not _inside(client)  # it may be on the lost phone
    assert _password(Client()) == "/"
    assert AuditEntry.objects.get(action="factor_reset").reason == "手机遗失"
    assert verify() is None


def test_under_another_secret_key_the_app_opens_nothing(lu: User, settings: Any) -> None:
    _codes(lu)
    code = _now(lu)
    settings.SECRET_KEY = "another-key-of-the-bank"
    client = Client()
    _password(client)
    assert client.post("/login/code/", {"code": code}).status_code == 200
    assert not _inside(client)


def test_two_requests_with_one_code_let_one_in(lu: User) -> None:
    _codes(lu)
    now, code = datetime.now(UTC), _now(lu)
    assert [second_factor.accept(lu, code, now) for _ in range(2)] == ["code", None]
