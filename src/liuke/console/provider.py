"""The bank's single sign-on provider: reached over HTTP, its description kept for a while, our secret from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse

from liuke.act.outbox.http_call import Answer, Ask, call
from liuke.govern.oidc import Client, Provider, SsoRefused, discovered
from liuke.sign_in_settings import OidcSettings

SECRET: Final = "LIUKE_OIDC_CLIENT_SECRET"  # noqa: S105 - the name of the variable
_KEPT_SECONDS: Final = 600.0
_FORM: Final = "application/x-www-form-urlencoded"
_known: dict[str, tuple[float, Provider]] = {}
_AWAY_SECONDS: Final = 10.0
"""Asked no sooner again: of those who wait before the door not each asks for itself."""
_away: dict[str, tuple[float, SsoRefused]] = {}


def oidc_settings() -> OidcSettings:
    """The bank's; 404 where it has no single sign-on."""
    found = settings.BANK.sign_in.oidc
    if found is None:
        raise Http404
    return found


def provider() -> Provider:
    """Read anew every ten minutes. Raises SsoRefused while it is away."""
    issuer = oidc_settings().issuer
    kept = _known.get(issuer)
    if kept is None or time.monotonic() - kept[0] > _KEPT_SECONDS:
        kept = _known[issuer] = time.monotonic(), _asked(issuer)
    return kept[1]


def _asked(issuer: str) -> Provider:
    before = _away.get(issuer)
    if before is not None and time.monotonic() - before[0] < _AWAY_SECONDS:
        raise SsoRefused(before[1].why, before[1].what)
    try:
        return discovered(issuer, fetch)
    except SsoRefused as error:
        _away[issuer] = time.monotonic(), error
        raise


def client(request: HttpRequest) -> Client:
    """Ourselves; the provider leads back to the address under which the person sees us."""
    terms = oidc_settings()
    back = request.build_absolute_uri(reverse("sso_back"))
    return Client(terms.client_id, _secret(terms), back, terms.algorithms)


def _secret(terms: OidcSettings) -> str:
    if given := os.environ.get(SECRET, "").strip():
        return given
    if terms.client_secret_file is None:
        return ""
    path = (settings.HOME or terms.client_secret_file.parent) / terms.client_secret_file
    try:
        return str(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise SsoRefused("away", f"the client secret cannot be read: {error.strerror}") from error


def fetch(address: str, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """One request; `govern.oidc.Fetch`. No redirects are followed, no answer above 64 KiB is read."""
    sent = {"Accept": "application/json", **headers, **({"Content-Type": _FORM} if form is not None else {})}
    body = urlencode(form).encode() if form is not None else b""
    got = call(Ask("POST" if form is not None else "GET", address, sent, body))
    if not isinstance(got, Answer):
        raise SsoRefused("away", "the provider does not answer")
    if got.status != 200:
        raise SsoRefused("provider", f"the provider answers with status {got.status}")
    return got.json()
