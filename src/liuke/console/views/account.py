"""我的账户: where the person is signed in, the password, the second factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import page, person, who_of
from liuke.console.agents import agent_words
from liuke.console.labels import Text
from liuke.console.sign_in_words import SIGN_IN_WAYS
from liuke.errors import LiukeError
from liuke.state import sign_ins
from liuke.state.actions.change_password import WrongPassword, change_password
from liuke.state.actions.end_sessions import end_others, end_own
from liuke.state.guessing import TooManyTries
from liuke.state.models import RecoveryCode, SignIn, User
from liuke.state.second_factor import confirmed

LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class Place:
    """One place where the person is signed in. here: this browser."""

    pk: int
    here: bool
    agent: str
    address: str
    way: Text
    started_at: datetime
    seen_at: datetime


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """The page."""
    return account_page(request)


@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Changes the password; the form comes back with what is wrong."""
    old, new, again = (request.POST.get(name, "")[:LONGEST] for name in ("old", "new", "again"))
    if not has_password(person(request)):
        return redirect("account")
    if new != again:
        return account_page(request, {"password_wrong": [_("两次输入的新密码不一致")]}, status=422)
    user, key = person(request), str(request.session.session_key)
    try:
        ended = change_password(who_of(request), user, old, new, settings.BANK.sign_in.sessions, key)
    except ValidationError as error:
        return account_page(request, {"password_wrong": error.messages}, status=422)
    except (WrongPassword, TooManyTries) as error:
        return account_page(request, {"password_wrong": [refused(error)]}, status=422)
    row = sign_ins.found(key)
    update_session_auth_hash(request, user)  # gives this session, which stays, a new key
    if row is not None:
        SignIn.objects.filter(pk=row.pk).update(session_key=request.session.session_key)
    said = _("密码已修改，其他 {n} 处登录已结束") if ended else _("密码已修改")
    messages.success(request, said.format(n=ended))
    return redirect("account")


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one other session."""
    if end_own(who_of(request), person(request), pk):
        messages.success(request, _("该处登录已结束"))
    return redirect("account")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Ends all but this one."""
    key = str(request.session.session_key)
    ended = end_others(who_of(request), person(request), settings.BANK.sign_in.sessions, key)
    messages.success(request, _("已结束 {n} 处登录").format(n=ended))
    return redirect("account")


def account_page(request: HttpRequest, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
    """The page, with what a form of it has to say."""
    user, terms = person(request), settings.BANK.sign_in.sessions
    rows = sign_ins.standing(user, timezone.now(), terms)
    shown = {
        "places": [_place(row, str(request.session.session_key)) for row in rows],
        "terms": terms,
        "has_password": has_password(user),
        "factor_rule": settings.BANK.sign_in.rule_for(user.role),
        "factor": confirmed(user),
        "codes_left": RecoveryCode.objects.filter(user=user, used_at=None).count(),
    }
    return page(request, "console/account.html", "account", shown | (context or {}), status=status)


def has_password(user: User) -> bool:
    """Whether the person signs in with a password that is kept here."""
    return user.has_usable_password() and settings.BANK.sign_in.may_use_password(user.username)


def refused(error: LiukeError) -> str:
    """Why a password or code was not taken, in the page's language."""
    if isinstance(error, TooManyTries):
        return _("输错次数过多，请 {n} 秒后再试").format(n=error.retry_after)
    return _("当前密码不正确")


def _place(row: SignIn, key: str) -> Place:
    way = SIGN_IN_WAYS.get(row.way, row.way)
    return Place(row.pk, row.session_key == key, agent_words(row.agent), row.address, way, row.started_at, row.seen_at)
