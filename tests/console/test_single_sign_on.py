"""Single sign-on against a real OpenID provider in a process of its own, over HTTP, driven without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from liuke.console import provider as known
from liuke.govern.access import NotAllowed, Scope
from liuke.sign_in_settings import CreateSettings, OidcSettings
from liuke.state import second_factor
from liuke.state.accounts import ensure_user
from liuke.state.actions.change_order import Who
from liuke.state.actions.enter_by_sso import unlink
from liuke.state.audit import verify
from liuke.state.models import AuditEntry, SecondFactor, SignIn, SsoLink, Staff, User
from liuke.state.sync import sync_organisation
from tests.serving import free_port, read

GOOD = "correct-horse-battery"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider: oidc-provider-mock, whose people are given to it over HTTP."""
    port = free_port()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_", "PYTHONPATH"))}
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    process = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        read(f"{address}/.well-known/openid-configuration")
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def sign_in(issuer: str, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """sign_in(passwords="emergency", …): changes the bank's sign-in; `oidc` changes of the provider's part."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 has its own tests
    monkeypatch.setattr(known, "_known", {})
    monkeypatch.setattr(known, "_away", {})
    monkeypatch.setenv(known.SECRET, "our-secret-at-the-provider")

    def change(oidc: dict[str, Any] | None = None, **more: Any) -> None:
        terms = OidcSettings(issuer=issuer, client_id="liuke", **(oidc or {}))
        made = settings.BANK.sign_in.model_copy(update={"oidc": terms, **more})
        settings.BANK = settings.BANK.model_copy(update={"sign_in": made})

    change()
    return change


@pytest.fixture
def lu(sign_in: Callable[..., None]) -> User:
    sync_organisation(
        [{"branch_id": "NJ", "name": "南京支行", "parent_id": None, "level": "branch"}],
        [{"staff_id": "S1", "name": "陆晓楠", "branch_id": "NJ", "role": "rm"}],
    )
    return ensure_user("lu", role="rm", staff_id="S1", password=GOOD)


def _knows(issuer: str, subject: str, **claims: Any) -> None:
    """Makes the provider know a person."""
    asked = urllib.request.Request(f"{issuer}/users/{subject}", json.dumps(claims).encode(), method="PUT")
    asked.add_header("Content-Type", "application/json")
    urllib.request.urlopen(asked, timeout=20).close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _agreed(address: str, **form: str) -> str:
    """Where the provider leads the browser after its own form."""
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(_Stay).open(address, urllib.parse.urlencode(form).encode(), timeout=20)
    assert answer.value.code == 302
    to = urlsplit(str(answer.value.headers["Location"]))
    return f"{to.path}?{to.query}"


def _signed_on(client: Client, subject: str, then: str = "/") -> Any:
    """The whole way, to our answer at its end."""
    there = client.get(f"/login/sso/?next={urllib.parse.quote(then)}")["Location"]
    return client.get(_agreed(there, sub=subject))


def _inside(client: Client) -> bool:
    return not client.get("/").headers["Location"].startswith("/login/")


def _whys() -> list[str]:
    return list(AuditEntry.objects.filter(action="sso_refused").order_by("seq").values_list("data__why", flat=True))


def test_who_is_known_by_name_gets_in_where_they_wanted_and_is_linked(lu: User, issuer: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    client = Client()
    assert _signed_on(client, "u-1", "/customers/?page=2")["Location"] == "/customers/?page=2"
    assert _inside(client)
    assert SignIn.objects.get().way == "oidc"
    assert list(SsoLink.objects.values_list("user__username", "subject")) == [("lu", "u-1")]
    assert list(AuditEntry.objects.order_by("seq").values_list("action", "actor")) == [
        ("sso_link", "lu"),
        ("login", "lu"),
    ]
    assert verify() is None


def test_from_then_on_the_subject_counts_and_a_name_given_to_another_opens_nothing(lu: User, issuer: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    _signed_on(Client(), "u-1")
    _knows(issuer, "u-1", preferred_username="renamed")
    _knows(issuer, "u-2", preferred_username="lu")
    renamed, thief = Client(), Client()
    assert _signed_on(renamed, "u-1").status_code == 302
    assert _inside(renamed)
    assert _signed_on(thief, "u-2").status_code == 403
    assert not _inside(thief)
    assert _whys() == ["linked"]


def test_who_is_not_known_or_closed_stays_outside_and_is_told(lu: User, issuer: str) -> None:
    _knows(issuer, "u-3", preferred_username="nobody")
    answer = _signed_on(Client(), "u-3")
    assert answer.status_code == 403
    assert "这里没有您的账户" in answer.content.decode()
    _knows(issuer, "u-4", preferred_username="lu")
    User.objects.update(is_active=False)
    assert _signed_on(Client(), "u-4").status_code == 403
    User.objects.update(is_active=True)
    _signed_on(Client(), "u-4")
    User.objects.update(is_active=False)
    assert _signed_on(Client(), "u-4").status_code == 403
    assert _whys() == ["unknown", "closed", "closed"]
    assert User.objects.count() == 1


def test_an_answer_for_another_browser_or_used_before_opens_nothing(lu: User, issuer: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    mine, other = Client(), Client()
    back = _agreed(mine.get("/login/sso/")["Location"], sub="u-1")
    assert other.get(back).status_code == 403
    other.get("/login/sso/")
    assert other.get(back).status_code == 403
    assert not _inside(other)
    assert mine.get(back).status_code == 302
    mine.post("/logout/")
    assert mine.get(back).status_code == 403
    assert _whys() == ["state"]  # who never began here fills no log


def test_a_token_made_for_another_sign_on_opens_nothing(lu: User, issuer: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    client = Client()
    back = _agreed(client.get("/login/sso/")["Location"], sub="u-1")
    session = client.session
    session["sso"] = {**session["sso"], "nonce": "another"}
    session.save()
    assert client.get(back).status_code == 403
    assert _whys() == ["token"]


def test_a_token_that_is_over_opens_nothing(lu: User, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    monkeypatch.setattr("liuke.govern.oidc.LEEWAY_SECONDS", -7200)  # as if two hours had passed
    assert _signed_on(Client(), "u-1").status_code == 403
    assert _whys() == ["token"]


def test_who_declines_at_the_provider_or_comes_too_late_stays_outside(lu: User, issuer: str) -> None:
    client = Client()
    assert client.get(_agreed(client.get("/login/sso/")["Location"], action="deny")).status_code == 403
    _knows(issuer, "u-1", preferred_username="lu")
    back = _agreed(client.get("/login/sso/")["Location"], sub="u-1")
    session = client.session
    session["sso"] = {**session["sso"], "at": session["sso"]["at"] - 601}
    session.save()
    assert client.get(back).status_code == 403
    assert _whys() == ["state", "state"]  # this provider forgets the state when it declines


def test_an_address_that_nobody_verified_is_no_name(lu: User, issuer: str, sign_in: Callable[..., None]) -> None:
    User.objects.update(username="lu@bank.example")
    sign_in({"username_claim": "email", "scopes": ("openid", "email")})
    _knows(issuer, "u-1", email="lu@bank.example", email_verified=False)
    assert _signed_on(Client(), "u-1").status_code == 403
    _knows(issuer, "u-1", email="lu@bank.example", email_verified=True)
    assert _signed_on(Client(), "u-1").status_code == 302
    assert _whys() == ["unverified"]


def test_a_log_in_is_made_only_where_the_bank_says_so_and_with_the_role_of_the_group(
    lu: User, issuer: str, sign_in: Callable[..., None]
) -> None:
    roles = {"liuke-heads": "branch_head", "liuke-analysts": "analyst"}
    sign_in({"create": CreateSettings(groups_claim="groups", roles=roles)})
    _knows(issuer, "u-5", preferred_username="wang", groups=["others"], branch_id="NJ")
    assert _signed_on(Client(), "u-5").status_code == 403
    _knows(issuer, "u-5", preferred_username="wang", groups=["others", "liuke-analysts"], branch_id="XX")
    assert _signed_on(Client(), "u-5").status_code == 403
    _knows(issuer, "u-5", preferred_username="wang", groups=["others", "liuke-analysts"], branch_id="NJ")
    assert _signed_on(Client(), "u-5").status_code == 302
    made = User.objects.get(username="wang")
    assert (made.role, made.branch_id, made.has_usable_password()) == ("analyst", "NJ", False)
    assert _whys() == ["no_role", "no_place"]


def test_a_log_in_that_is_there_is_not_made_over_for_a_staff_number_of_its_name(
    lu: User, issuer: str, sign_in: Callable[..., None]
) -> None:
    Staff.objects.create(staff_id="S9", name="王", branch_id="NJ", role="rm")
    ensure_user("S9", role="admin", password=GOOD)
    sign_in({"match": "staff_id", "create": CreateSettings(groups_claim="groups", roles={"heads": "branch_head"})})
    _knows(issuer, "u-9", preferred_username="S9", groups=["heads"])
    assert _signed_on(Client(), "u-9").status_code == 403
    assert (User.objects.get(username="S9").role, _whys()) == ("admin", ["no_place"])


def test_a_log_in_kept_for_emergencies_later_opens_by_its_link_no_more(
    lu: User, issuer: str, sign_in: Callable[..., None]
) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    _signed_on(Client(), "u-1")
    sign_in({}, passwords="emergency", emergency=("lu",))
    assert _signed_on(Client(), "u-1").status_code == 403
    assert _whys() == ["emergency"]


def test_a_link_is_taken_away_by_an_administrator_only(lu: User, issuer: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    _signed_on(Client(), "u-1")
    now = datetime.now(UTC)
    with pytest.raises(NotAllowed):
        unlink(Who(Scope("x", "compliance", None), now), "lu")
    assert unlink(Who(Scope("root", "admin", frozenset()), now), "lu", "认错人")
    _knows(issuer, "u-2", preferred_username="lu")
    assert _signed_on(Client(), "u-2").status_code == 302
    assert AuditEntry.objects.get(action="sso_unlink").reason == "认错人"


@pytest.mark.parametrize("then", ["x", "customers", "//evil.example/", "https://evil.example/"])
def test_whatever_the_address_asks_for_one_gets_in_and_stays_here(lu: User, issuer: str, then: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    client = Client()
    assert _signed_on(client, "u-1", then)["Location"] == "/"
    assert _inside(client)


def test_the_second_factor_of_our_own_is_asked_for_where_the_bank_wants_it(
    lu: User, issuer: str, sign_in: Callable[..., None]
) -> None:
    from django.utils import timezone

    second_factor.begin(lu, None, timezone.now())
    SecondFactor.objects.update(confirmed_at=timezone.now())
    _knows(issuer, "u-1", preferred_username="lu")
    assert _signed_on(Client(), "u-1")["Location"] == "/"
    sign_in({"ask_code": True})
    client = Client()
    assert _signed_on(client, "u-1")["Location"] == "/login/code/"
    assert not _inside(client)


def test_passwords_can_be_kept_for_emergencies(lu: User, issuer: str, sign_in: Callable[..., None]) -> None:
    ensure_user("fire", role="admin", password=GOOD)
    sign_in(passwords="emergency", emergency=("fire",))
    assert Client().post("/login/", {"username": "lu", "password": GOOD}).status_code == 200
    assert Client().post("/login/", {"username": "fire", "password": GOOD}).status_code == 302
    _knows(issuer, "u-6", preferred_username="fire")
    assert _signed_on(Client(), "u-6").status_code == 403
    assert _whys() == ["emergency"]
    assert "应急账户" in Client().get("/login/").content.decode()


def test_logging_out_leads_to_the_providers_log_out(lu: User, issuer: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    client = Client()
    _signed_on(client, "u-1")
    page = client.post("/logout/").content.decode()
    to = page.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(to).query)
    assert to.startswith(f"{issuer}/oauth2/end_session?")
    assert asked["post_logout_redirect_uri"] == ["http://testserver/login/"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert not _inside(client)


def test_nobody_is_led_away_after_signing_on(lu: User, issuer: str) -> None:
    _knows(issuer, "u-1", preferred_username="lu")
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert _signed_on(Client(), "u-1", evil)["Location"] == "/"


def test_while_the_provider_is_away_the_page_says_so(lu: User, sign_in: Callable[..., None], settings: Any) -> None:
    sign_in()
    gone = settings.BANK.sign_in.oidc.model_copy(update={"issuer": f"http://127.0.0.1:{free_port()}"})
    settings.BANK = settings.BANK.model_copy(
        update={"sign_in": settings.BANK.sign_in.model_copy(update={"oidc": gone})}
    )
    answer = Client().get("/login/sso/")
    assert answer.status_code == 503
    assert "统一身份认证暂时连不上" in answer.content.decode()


def test_where_the_bank_has_none_there_is_none(db: None) -> None:
    for address in ("/login/sso/", "/login/sso/back/?code=x&state=y"):
        assert Client().get(address).status_code == 404
