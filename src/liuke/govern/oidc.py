"""OpenID Connect as a client: authorization code with PKCE, state and nonce, and what a token must say to be believed.

Standards: OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer). Signatures
and times are checked by PyJWT. Nothing here fetches by itself: `Fetch` is handed in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode, urlsplit

import jwt

from liuke.errors import YourMistake

LEEWAY_SECONDS: Final = 60
"""What the provider's clock may differ from ours."""
_NEAR: Final = ("localhost", "127.0.0.1", "::1")
Why = Literal[
    "away", "provider", "cancelled", "state", "token", "unknown", "closed", "linked", "unverified", "no_name",
    "no_role", "no_place", "emergency",
]  # fmt: skip
Fetch = Callable[[str, Mapping[str, str] | None, Mapping[str, str]], Mapping[str, Any]]
"""(address, form, headers) → the JSON object answered; GET where form is None. Raises SsoRefused("away")."""


class SsoRefused(YourMistake):
    """Nobody is let in. why: for the page and the audit log; the token itself is never shown."""

    def __init__(self, why: Why, said: str) -> None:
        self.why = why
        super().__init__(said, state="nobody was signed in", then="sign in again, or see docs/sign-in.md")


@dataclass(frozen=True, slots=True)
class Client:
    """Ourselves, as the provider knows us. secret: '' for a public client."""

    client_id: str
    secret: str = field(repr=False)
    redirect: str
    algorithms: Sequence[str]


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider's own description. end_session: '' where it has no log-out. by_header: how it takes our secret."""

    issuer: str
    authorization: str
    token: str
    keys: str
    end_session: str
    by_header: bool


@dataclass(frozen=True, slots=True)
class Beginning:
    """What this browser must bring back (state), the token must say (nonce), and only we can show (verifier)."""

    state: str
    nonce: str
    verifier: str


def discovered(issuer: str, fetch: Fetch) -> Provider:
    """Reads the provider's description, which must be its own and lead to secure addresses only."""
    told = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration", None, {})
    if told.get("issuer") != issuer:
        raise SsoRefused("provider", "the provider describes itself as another issuer than liuke.yaml names")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    authorization, token, keys = (str(told.get(name, "")) for name in names)
    if not all(_secure(address) for address in (authorization, token, keys)):
        raise SsoRefused("provider", f"the provider's description lacks a secure address among {', '.join(names)}")
    end = str(told.get("end_session_endpoint") or "")
    ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    by_header = "client_secret_basic" in ways
    return Provider(issuer, authorization, token, keys, end if _secure(end) else "", by_header)


def _secure(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _NEAR)


def new_beginning() -> Beginning:
    """256 random bits each."""
    return Beginning(*(secrets.token_urlsafe(32) for _ in range(3)))


def authorization_address(provider: Provider, client: Client, scopes: Sequence[str], begun: Beginning) -> str:
    """Where the browser goes."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect,
        "scope": " ".join(scopes),
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{provider.authorization}{'&' if '?' in provider.authorization else '?'}{urlencode(asked)}"


def code_of(answer: Mapping[str, str], provider: Provider, begun: Beginning | None) -> str:
    """The code that the browser brought back, if it is this browser's own beginning that it ends."""
    state = answer.get("state", "")
    if begun is None or not state.isascii() or not hmac.compare_digest(state, begun.state):
        raise SsoRefused("state", "the answer does not belong to a sign-on that this browser began")
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise SsoRefused("state", "the answer comes from another provider")
    if answer.get("error"):
        raise SsoRefused("cancelled", "the provider did not let the person in")
    if not (code := answer.get("code", "")):
        raise SsoRefused("provider", "the answer has no code")
    return code


def id_token_for(code: str, provider: Provider, client: Client, begun: Beginning, fetch: Fetch) -> str:
    """Trades the code, with the verifier, for the token."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect,
        "code_verifier": begun.verifier,
    }
    headers = {}
    if client.secret and provider.by_header:
        pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": client.client_id, **({"client_secret": client.secret} if client.secret else {})}
    token = fetch(provider.token, form, headers).get("id_token")
    if not isinstance(token, str):
        raise SsoRefused("token", "the provider answered without an id_token")
    return token


def believed(token: str, provider: Provider, client: Client, nonce: str, fetch: Fetch) -> Mapping[str, Any]:
    """The claims of a token signed by the provider, for us, now, for this very sign-on. SsoRefused for any other."""
    try:
        key = _key(token, client.algorithms, fetch(provider.keys, None, {}))
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(client.algorithms),
            audience=client.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:  # its text may quote the token: only its kind is told
        raise SsoRefused("token", f"the provider's token is not valid: {type(error).__name__}") from None
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SsoRefused("token", "the provider's token was made for another sign-on")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client.client_id) != client.client_id:
        raise SsoRefused("token", "the provider's token was made for another client")
    return claims


def _key(token: str, algorithms: Sequence[str], keys: Mapping[str, Any]) -> jwt.PyJWK:
    """The provider's key that the token names; without a name its only one."""
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in algorithms:  # before anything is done with it: 'none', and our secret as a key
        raise jwt.InvalidAlgorithmError("not among the allowed")
    told = keys.get("keys")
    usable = [k for k in told if isinstance(k, dict) and k.get("use", "sig") == "sig"] if isinstance(told, list) else []
    named = [k for k in usable if k.get("kid") == header["kid"]] if "kid" in header else usable
    if len(named) != 1:
        raise jwt.InvalidKeyError("no key, or more than one")
    # A key may leave `alg` out (RFC 7517, section 4.4); PyJWT would then take its type's first algorithm.
    return jwt.PyJWK(named[0], algorithm=None if "alg" in named[0] else header["alg"])


def end_session_address(provider: Provider, client: Client, back: str, token: str) -> str:
    """Where the browser ends the provider's session as well; '' where the provider has no such place."""
    if not provider.end_session:
        return ""
    asked = {
        "client_id": client.client_id,
        "post_logout_redirect_uri": back,
        **({"id_token_hint": token} if token else {}),
    }
    return f"{provider.end_session}{'&' if '?' in provider.end_session else '?'}{urlencode(asked)}"
