"""`sign_in` in liuke.yaml: what is taken, and what is said about what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.settings import BankSettings, read_settings

OIDC = "oidc: {issuer: https://sso.bank.example/, client_id: liuke}"


def _read(folder: Path, sign_in: str) -> BankSettings:
    (folder / "liuke.yaml").write_text(f"name: {{zh: 测, en: T}}\nsign_in: {{{sign_in}}}\n", encoding="utf-8")
    return read_settings(folder)


def test_without_a_word_sessions_end_and_passwords_open(tmp_path: Path) -> None:
    terms = _read(tmp_path, "").sign_in
    assert (terms.sessions.idle_minutes, terms.sessions.longest_hours, terms.sessions.at_most) == (30, 8, 3)
    assert (terms.oidc, terms.may_use_password("lu"), terms.rule_for("rm")) == (None, True, "optional")


def test_rules_by_role_and_emergency_names_count(tmp_path: Path) -> None:
    terms = _read(
        tmp_path, f"second_factor: {{admin: required, analyst: off}}, passwords: emergency, emergency: [fire], {OIDC}"
    ).sign_in
    assert [terms.rule_for(role) for role in ("admin", "rm", "analyst")] == ["required", "optional", "off"]
    assert (terms.may_use_password("fire"), terms.may_use_password("lu")) == (True, False)
    assert terms.oidc is not None
    assert terms.oidc.issuer == "https://sso.bank.example"


@pytest.mark.parametrize(
    ("sign_in", "said"),
    [
        ("sessions: {idle_minutes: 0}", "idle_minutes"),
        ("sessions: {idle: 5}", "idle"),
        ("second_factor: {boss: required}", "boss"),
        ("second_factor: {admin: maybe}", "second_factor.admin"),
        ("oidc: {issuer: 'http://sso.bank.example', client_id: x}", "https://"),
        ("oidc: {issuer: 'https://sso.bank.example', client_id: x, algorithms: [HS256]}", "algorithms"),
        ("oidc: {issuer: 'https://sso.bank.example', client_id: x, algorithms: [none]}", "algorithms"),
        ("oidc: {issuer: 'https://sso.bank.example', client_id: x, client_secret: s}", "client_secret"),
        ("oidc: {issuer: 'https://sso.bank.example', client_id: x, scopes: [profile]}", "openid"),
        ("oidc: {issuer: 'https://sso.bank.example', client_id: x, create: {roles: {g: king}}}", "roles.g"),
        ("passwords: emergency, emergency: [fire]", "set oidc"),
        (f"passwords: emergency, {OIDC}", "at least one name"),
    ],
)
def test_what_is_wrong_or_would_lock_everybody_out_is_refused(tmp_path: Path, sign_in: str, said: str) -> None:
    with pytest.raises(YourMistake) as refused:
        _read(tmp_path, sign_in)
    assert said in refused.value.render()
    assert "liuke.yaml" in refused.value.render()
