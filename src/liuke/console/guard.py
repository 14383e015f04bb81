"""Every request of somebody signed in: is the session still in force, and did the person do anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from liuke.state import sign_ins
from liuke.state.models import SignIn
from liuke.state.second_factor import confirmed

Answer = Callable[[HttpRequest], HttpResponse]
UNASKED: Final = "X-Unasked"
"""Pages put this header on what they read by themselves, without anything the person did."""
WHY: Final = "why"
CHANGED: Final = "changed"
"""Why a session ended that nobody ended: the password or the log-in was changed from outside."""


class SignInGuard:
    """Ends sessions whose time is over, notes activity, and has the log-in page say why somebody is there."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request, as nobody's when its session is over."""
        why = _over(request)
        response = self.get_response(request)
        to = response.headers.get("Location", "")
        if why and to.startswith(settings.LOGIN_URL):
            response["Location"] = f"{to}{'&' if '?' in to else '?'}{urlencode({WHY: why})}"
        return response


def is_unasked(request: HttpRequest) -> bool:
    """Whether the page asks by itself: the stream of news, and what it or a clock makes the page read."""
    return UNASKED in request.headers or request.path == reverse("live_orders")


def _over(request: HttpRequest) -> str:
    """Why the session is over; '' while it is in force or when there was none."""
    now = timezone.now()
    if not request.user.is_authenticated:
        left = sign_ins.found(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        return "" if left is None else sign_ins.past(left, now, settings.BANK.sign_in.sessions) or CHANGED
    row = sign_ins.found(request.session.session_key)
    why = CHANGED if row is None else sign_ins.past(row, now, settings.BANK.sign_in.sessions) or _lacks_factor(row)
    if why:
        if row is not None:
            sign_ins.end(row, now, why)
        request.session.flush()
        request.user = AnonymousUser()
    elif row is not None and not is_unasked(request):
        sign_ins.seen(row, now)
    return why


def _lacks_factor(row: SignIn) -> str:
    """The role must have a second factor since the password opened this session."""
    is_needed = row.way == "password" and settings.BANK.sign_in.rule_for(row.user.role) == "required"
    return CHANGED if is_needed and confirmed(row.user) is None else ""
