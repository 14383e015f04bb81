"""The code of the authenticator app: at the door, and switched on or off on the account page."""

from __future__ import annotations

from typing import Any, Final

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.signals import user_login_failed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from liuke.console.acting import page, person, who_of
from liuke.console.half_way import HalfWay, at_the_door, enter, who_at_the_door
from liuke.console.qr import qr_picture
from liuke.console.views.account import LONGEST, account_page, has_password, refused
from liuke.console.views.entrance import bank_name, locked_out
from liuke.errors import LiukeError
from liuke.govern.one_time_code import address_of
from liuke.state import second_factor
from liuke.state.actions.change_order import Who
from liuke.state.actions.change_password import WrongPassword, prove_password
from liuke.state.actions.keep_second_factor import WrongCode, begin_factor, new_codes, prove_code, switch_off, switch_on
from liuke.state.guessing import TooManyTries
from liuke.state.models import User

_MARK: Final = "factor_begun"
"""Where a session keeps which secret it was shown."""


@login_not_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def at_login(request: HttpRequest) -> HttpResponse:
    """The second question at the door."""
    found = at_the_door(request)
    if found is None:
        return redirect("login")
    user, half = found
    if request.method == "GET":
        return _door(request, "login_code", user)
    if _locked(request, user):
        return locked_out(request)
    try:
        prove_code(who_at_the_door(request, user), user, _code(request))
    except (WrongCode, TooManyTries) as error:
        return _refused(request, "login_code", user, error)
    return enter(request, user, half.way, half.then)


@login_not_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def enrol_at_login(request: HttpRequest) -> HttpResponse:
    """Sets the app up where the role must have it; nobody is in before."""
    found = at_the_door(request)
    if found is None or second_factor.confirmed(found[0]) is not None:
        return redirect("login")
    user, half = found
    if request.method == "GET":
        return _door(request, "login_enrol", user, _to_scan(request, who_at_the_door(request, user), user))
    if _locked(request, user):
        return locked_out(request)
    try:
        codes = switch_on(who_at_the_door(request, user), user, request.session.get(_MARK), _code(request))
    except (WrongCode, TooManyTries) as error:
        shown = _to_scan(request, who_at_the_door(request, user), user)
        return _refused(request, "login_enrol", user, error, shown)
    return _entered_with(request, user, half, codes)


@sensitive_post_parameters("password")
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Shows the picture to scan, after the password where the person has one here."""
    user = _may_have_one(request)
    if second_factor.confirmed(user) is not None:
        return redirect("account")
    try:
        if has_password(user):
            prove_password(who_of(request), user, request.POST.get("password", "")[:LONGEST])
    except (WrongPassword, TooManyTries) as error:
        return account_page(request, {"factor_wrong": refused(error)}, status=422)
    return page(request, "console/factor_scan.html", "account", _to_scan(request, who_of(request), user))


@sensitive_post_parameters("code")
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """The first code; after it the recovery codes, once. Nothing waits but where `begin` proved who this is."""
    user, mark = _may_have_one(request), request.session.get(_MARK)
    if not second_factor.waits(user, mark, timezone.now()):
        return redirect("account")
    try:
        codes = switch_on(who_of(request), user, mark, _code(request))
    except (WrongCode, TooManyTries) as error:
        wrong = {"wrong": code_refused(error), **_to_scan(request, who_of(request), user)}
        return page(request, "console/factor_scan.html", "account", wrong, status=422)
    return page(request, "console/factor_codes.html", "account", {"codes": codes, "then": "/account/"})


@sensitive_post_parameters("code")
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """New recovery codes, against a code."""
    try:
        codes = new_codes(who_of(request), person(request), _code(request))
    except (WrongCode, TooManyTries) as error:
        return account_page(request, {"factor_wrong": code_refused(error)}, status=422)
    return page(request, "console/factor_codes.html", "account", {"codes": codes, "then": "/account/"})


@sensitive_post_parameters("code")
@require_POST
def off(request: HttpRequest) -> HttpResponse:
    """Switches it off, against a code; not where the role must have it."""
    user = person(request)
    if settings.BANK.sign_in.rule_for(user.role) == "required":
        raise Http404
    try:
        switch_off(who_of(request), user, _code(request))
    except (WrongCode, TooManyTries) as error:
        return account_page(request, {"factor_wrong": code_refused(error)}, status=422)
    messages.success(request, _("动态口令已停用"))
    return redirect("account")


def code_refused(error: LiukeError) -> str:
    """Why a code was not taken, in the page's language."""
    if isinstance(error, TooManyTries):
        return refused(error)
    return _("验证码不正确，或已用过。请输入应用上最新的一个。")


def _code(request: HttpRequest) -> str:
    return request.POST.get("code", "")[:64]


def _may_have_one(request: HttpRequest) -> User:
    user = person(request)
    if settings.BANK.sign_in.rule_for(user.role) == "off":
        raise Http404
    return user


def _to_scan(request: HttpRequest, who: Who, user: User) -> dict[str, Any]:
    made = begin_factor(who, user, request.session.get(_MARK))
    request.session[_MARK], secret = made.mark, made.secret
    address = address_of(secret, user.username, bank_name(request))
    return {"picture": qr_picture(address), "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))}


def _locked(request: HttpRequest, user: User) -> bool:
    """Codes are counted with the passwords: who failed too often with either waits."""
    return not AxesProxyHandler.is_allowed(request, {"username": user.username})


def _refused(
    request: HttpRequest, template: str, user: User, error: LiukeError, context: dict[str, Any] | None = None
) -> HttpResponse:
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
    status = 429 if isinstance(error, TooManyTries) else 200
    return _door(request, template, user, {"wrong": code_refused(error), **(context or {})}, status=status)


def _door(
    request: HttpRequest, template: str, user: User, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    shown = {"bank_name": bank_name(request), "username": user.username, **(context or {})}
    return render(request, f"console/{template}.html", shown, status=status)


def _entered_with(request: HttpRequest, user: User, half: HalfWay, codes: list[str]) -> HttpResponse:
    """In, by way of the page that shows the recovery codes."""
    enter(request, user, half.way, half.then)
    return _door(request, "login_codes", user, {"codes": codes, "then": half.then})
