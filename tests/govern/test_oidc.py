"""What a provider's answer and token must be to be believed, one lie after another. The real provider is met in
tests/console/test_single_sign_on.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from liuke.govern.oidc import (
    Client,
    Provider,
    SsoRefused,
    authorization_address,
    believed,
    code_of,
    discovered,
    id_token_for,
    new_beginning,
)

ISSUER = "https://sso.bank.example"
PROVIDER = Provider(ISSUER, f"{ISSUER}/a", f"{ISSUER}/t", f"{ISSUER}/k", "", by_header=True)
CLIENT = Client("liuke", "s3cret", "https://liuke.bank.example/login/sso/back/", ("ES256",))
KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def _jwk(key: ec.EllipticCurvePrivateKey, **more: str) -> dict[str, Any]:
    return {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), **more}


KEYS = {"keys": [_jwk(KEY, kid="one", use="sig"), _jwk(OTHER, kid="two", use="enc")]}


def _answers(answer: Mapping[str, Any]) -> Any:
    asked: list[tuple[str, Any, Any]] = []

    def fetch(address: str, form: Any, headers: Any) -> Mapping[str, Any]:
        asked.append((address, form, headers))
        return answer

    fetch.asked = asked  # type: ignore[attr-defined]
    return fetch


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": ISSUER, "sub": "7", "aud": "liuke", "exp": now + 300, "iat": now, "nonce": "n", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def _token(key: Any = KEY, alg: str = "ES256", kid: str | None = "one", **changes: Any) -> str:
    return jwt.encode(_claims(**changes), key, alg, headers={"kid": kid} if kid else {})


def _believe(token: str, keys: Mapping[str, Any] = KEYS) -> Mapping[str, Any]:
    return believed(token, PROVIDER, CLIENT, "n", _answers(keys))


def test_a_token_of_the_provider_for_us_is_believed() -> None:
    assert _believe(_token())["sub"] == "7"
    assert _believe(_token(aud=["liuke"]))["sub"] == "7"
    assert _believe(_token(aud=["liuke", "other"], azp="liuke"))["sub"] == "7"
    assert _believe(_token(kid=None), {"keys": KEYS["keys"][:1]})["sub"] == "7"


NOW = int(time.time())
DAY = 86_400
"""The tests may run long after this file was read."""


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "other"}, {"nonce": None}, {"iss": "https://evil.example"}, {"iss": None}, {"aud": "other"},
        {"aud": None}, {"aud": ["liuke", "other"]}, {"azp": "other"}, {"exp": NOW - DAY}, {"exp": None},
        {"iat": NOW + DAY}, {"iat": None}, {"sub": None}, {"nbf": NOW + DAY}, {"key": OTHER}, {"kid": "two"},
        {"kid": "nobody"}, {"key": OTHER, "kid": "two"},
    ],
)  # fmt: skip
def test_a_token_with_one_thing_wrong_is_not(lie: dict[str, Any]) -> None:
    with pytest.raises(SsoRefused) as refused:
        _believe(_token(**lie))
    assert refused.value.why == "token"


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "RS256"])
def test_only_allowed_signatures_count_and_never_none_or_a_shared_secret(alg: str) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": alg, "kid": "one"}).encode()).rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(json.dumps(_claims()).encode()).rstrip(b"=").decode()
    public = json.dumps(KEYS["keys"][0]).encode()
    mac = base64.urlsafe_b64encode(hashlib.new("sha256", public).digest()).rstrip(b"=").decode()
    for signature in ("", mac):
        with pytest.raises(SsoRefused):
            _believe(f"{head}.{body}.{signature}")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "ü.ü.ü"])
def test_what_is_no_token_is_refused_without_a_trace_of_it(token: str) -> None:
    with pytest.raises(SsoRefused):
        _believe(token)


def test_a_provider_without_keys_is_not_believed() -> None:
    for keys in ({}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]}):
        with pytest.raises(SsoRefused):
            _believe(_token(), keys)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"code": "c", "state": "other"}, "state"), ({"code": "c"}, "state"), ({"code": "c", "state": "ü"}, "state"),
        ({"code": "c", "state": "s", "iss": "https://evil.example"}, "state"),
        ({"error": "access_denied", "state": "s"}, "cancelled"), ({"state": "s"}, "provider"),
        ({"error": "access_denied"}, "state"),
    ],
)  # fmt: skip
def test_an_answer_that_this_browser_did_not_ask_for_is_refused(answer: dict[str, str], why: str) -> None:
    begun = type(new_beginning())("s", "n", "v")
    with pytest.raises(SsoRefused) as refused:
        code_of(answer, PROVIDER, begun)
    assert refused.value.why == why
    assert code_of({"code": "c", "state": "s", "iss": ISSUER}, PROVIDER, begun) == "c"
    with pytest.raises(SsoRefused):
        code_of({"code": "c", "state": "s"}, PROVIDER, None)


def test_the_code_is_traded_with_the_verifier_of_the_challenge_and_our_secret() -> None:
    begun, fetch = new_beginning(), _answers({"id_token": "t"})
    asked = parse_qs(urlsplit(authorization_address(PROVIDER, CLIENT, ("openid", "profile"), begun)).query)
    assert id_token_for("c", PROVIDER, CLIENT, begun, fetch) == "t"
    [(address, form, headers)] = fetch.asked
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
    assert (asked["code_challenge"], asked["code_challenge_method"]) == ([challenge.decode()], ["S256"])
    assert (asked["state"], asked["nonce"], asked["scope"]) == ([begun.state], [begun.nonce], ["openid profile"])
    assert (address, form["redirect_uri"]) == (f"{ISSUER}/t", CLIENT.redirect)
    assert headers == {"Authorization": f"Basic {base64.b64encode(b'liuke:s3cret').decode()}"}
    assert "s3cret" not in str(form) + repr(CLIENT)


def test_a_public_client_shows_its_name_only() -> None:
    fetch = _answers({"id_token": "t"})
    id_token_for("c", PROVIDER, Client("liuke", "", "r", ("ES256",)), new_beginning(), fetch)
    [(_, form, headers)] = fetch.asked
    assert (form["client_id"], "client_secret" in form, headers) == ("liuke", False, {})


@pytest.mark.parametrize(
    "change",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "http://sso.bank.example/t"}, {"jwks_uri": None}],
)
def test_a_description_of_another_or_with_open_addresses_is_refused(change: dict[str, Any]) -> None:
    good = {"issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/a", "token_endpoint": f"{ISSUER}/t",
            "jwks_uri": f"{ISSUER}/k", "token_endpoint_auth_methods_supported": ["client_secret_post"]}  # fmt: skip
    assert discovered(ISSUER, _answers(good)) == Provider(
        ISSUER, f"{ISSUER}/a", f"{ISSUER}/t", f"{ISSUER}/k", "", False
    )
    with pytest.raises(SsoRefused):
        discovered(ISSUER, _answers({**good, **change}))
