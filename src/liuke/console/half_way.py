"""Between the right password and the second factor: who is at the door, kept in a session that opens nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from liuke.console.acting import who_of
from liuke.govern.access import Scope
from liuke.state.actions import record_login
from liuke.state.actions.change_order import Who
from liuke.state.login_watch import WAY
from liuke.state.models import User
from liuke.state.second_factor import Step, next_step

_KEY: Final = "half_way"
_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
PATIENCE: Final = timedelta(minutes=10)
"""Time to take out the phone, or to set it up; then the password is asked for again."""


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Somebody who proved who they are, once. password: Django's hash over it: after a change nothing is half way."""

    user: int
    at: str
    way: str
    then: str
    password: str


def let_in(request: HttpRequest, user: User, way: str, then: str, *, ask_code: bool = True) -> HttpResponse:
    """To the page wanted, or to the second factor first. then: a checked address of this site."""
    step: Step = next_step(user, settings.BANK.sign_in.rule_for(user.role)) if ask_code else "in"
    if step == "in":
        return enter(request, user, way, then)
    kept = HalfWay(user.pk, timezone.now().isoformat(), way, then, user.get_session_auth_hash())
    request.session.flush()  # what another left in this browser is not carried on
    request.session[_KEY] = asdict(kept)
    return redirect("login_code" if step == "code" else "login_enrol")


def enter(request: HttpRequest, user: User, way: str, then: str) -> HttpResponse:
    """Begins the session and writes the audit row."""
    request.session.pop(_KEY, None)
    setattr(request, WAY, way)
    login(request, user, backend=_BACKEND)
    record_login(who_of(request), way)
    return HttpResponseRedirect(then)  # not `redirect`, which takes a bare word for a view's name


def at_the_door(request: HttpRequest) -> tuple[User, HalfWay] | None:
    """Who is half way in; None for nobody, and after too long."""
    kept: dict[str, Any] | None = request.session.get(_KEY)
    if kept is None:
        return None
    half = HalfWay(**kept)
    user = User.objects.filter(pk=half.user, is_active=True).first()
    late = timezone.now() - datetime.fromisoformat(half.at) > PATIENCE
    if user is None or late or not constant_time_compare(half.password, user.get_session_auth_hash()):
        request.session.flush()
        return None
    return user, half


def who_at_the_door(request: HttpRequest, user: User) -> Who:
    """The person, who may not do anything yet, for what is written about the attempt."""
    nothing = Scope(user.username, "analyst", frozenset())
    return Who(nothing, timezone.now(), str(request.META.get("REMOTE_ADDR", "")))


def own_address(request: HttpRequest, wanted: str) -> str:
    """`wanted` when it is an address of this site, else the first page: nobody is led away after signing in."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith("/") else "/"
