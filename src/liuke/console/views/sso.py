"""Single sign-on: to the bank's provider and back."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from liuke.console.half_way import let_in, own_address
from liuke.console.provider import client, fetch, oidc_settings, provider
from liuke.console.sign_in_words import SSO_REFUSALS
from liuke.console.views.entrance import log_in_context
from liuke.govern.access import Scope
from liuke.govern.audit import AuditRecord
from liuke.govern.oidc import (
    Beginning,
    SsoRefused,
    authorization_address,
    believed,
    code_of,
    id_token_for,
    new_beginning,
)
from liuke.state.actions.change_order import Who
from liuke.state.actions.enter_by_sso import enter_by_sso
from liuke.state.audit import append
from liuke.state.login_watch import UNKNOWN

_KEY: Final = "sso"
ID_TOKEN: Final = "id_token"  # noqa: S105 - the session's key for it
_PATIENCE_SECONDS: Final = 600
_log = logging.getLogger("liuke.console")


@login_not_required
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Sends the browser to the provider."""
    terms, then = oidc_settings(), own_address(request, request.GET.get("next", "/"))
    if request.user.is_authenticated:
        return HttpResponseRedirect(then)
    try:
        begun = new_beginning()
        address = authorization_address(provider(), client(request), terms.scopes, begun)
    except SsoRefused as error:
        return _refused(request, error)
    request.session[_KEY] = {"then": then, "at": timezone.now().timestamp(), **asdict(begun)}
    return HttpResponseRedirect(address)


@login_not_required
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """The provider led the browser back: in, if everything fits."""
    oidc_settings()
    kept: dict[str, Any] | None = request.session.pop(_KEY, None)  # good for one answer
    try:
        then, token, claims = _believed(request, kept)
        user = enter_by_sso(_nobody(request), claims, settings.BANK.sign_in)
    except SsoRefused as error:
        return _refused(request, error, recorded=kept is not None)
    response = let_in(request, user, "oidc", then, ask_code=oidc_settings().ask_code)
    if request.user.is_authenticated and oidc_settings().end_session:
        request.session[ID_TOKEN] = token  # the provider's log-out asks for it
    return response


def _believed(request: HttpRequest, kept: dict[str, Any] | None) -> tuple[str, str, Any]:
    if kept is None or timezone.now().timestamp() - kept["at"] > _PATIENCE_SECONDS:
        raise SsoRefused("state", "the sign-on was not begun in this browser, or too long ago")
    begun = Beginning(kept["state"], kept["nonce"], kept["verifier"])
    at, ourselves = provider(), client(request)
    code = code_of(request.GET.dict(), at, begun)
    token = id_token_for(code, at, ourselves, begun, fetch)
    return kept["then"], token, believed(token, at, ourselves, begun.nonce, fetch)


def _nobody(request: HttpRequest) -> Who:
    return Who(Scope(UNKNOWN, "analyst", frozenset()), timezone.now(), str(request.META.get("REMOTE_ADDR", "")))


def _refused(request: HttpRequest, error: SsoRefused, *, recorded: bool = True) -> HttpResponse:
    """The log-in page says why, as far as a stranger may know; the log and the audit know it exactly.

    recorded: not for who never began here: anybody could fill the audit log by asking.
    """
    _log.warning("single sign-on refused: %s", error.why)
    who = _nobody(request)
    if recorded:
        append(AuditRecord(who.at, UNKNOWN, "", "sso_refused", address=who.address, data={"why": error.why}))
    said = SSO_REFUSALS.get(error.why, SSO_REFUSALS["token"])
    context = {"sso_wrong": said, "next": "", **log_in_context(request)}
    return render(request, "console/login.html", context, status=503 if error.why == "away" else 403)
