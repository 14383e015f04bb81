"""Log-ins begin a session; those that fail, lock-outs and log-outs leave audit rows (log-ins: written by the face)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from liuke.govern.audit import AuditRecord
from liuke.state import sign_ins
from liuke.state.audit import append
from liuke.state.models import User

WAY = "sign_in_way"
"""A view that signs somebody in otherwise than by password says so in this attribute of the request."""
UNKNOWN = "?"
"""Stands for a name no log-in has: people type passwords into the name's field by mistake."""


def watch() -> None:
    """Connects the signals; called once, when the app is ready."""
    from axes.signals import user_locked_out

    user_logged_in.connect(_logged_in, dispatch_uid="liuke-logged-in")
    user_login_failed.connect(_failed, dispatch_uid="liuke-login-failed")
    user_locked_out.connect(_locked_out, dispatch_uid="liuke-locked-out")
    user_logged_out.connect(_logged_out, dispatch_uid="liuke-logged-out")


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name under which django-axes counts failures: for one that no log-in has a keyed hash of it, since people
    type passwords into the name's field by mistake.
    """
    typed = str((credentials or {}).get("username") or request.POST.get("username") or "")
    if User.objects.filter(username=typed).exists():
        return typed
    return UNKNOWN + salted_hmac("liuke.unknown-name", typed, algorithm="sha256").hexdigest()[:32]


def _logged_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    if not request.session.session_key:
        request.session.create()
    terms, now = settings.BANK.sign_in.sessions, datetime.now(UTC)
    facts = {
        "address": _address(request),
        "agent": request.META.get("HTTP_USER_AGENT", "")[:255],
        "way": getattr(request, WAY, "password"),
    }
    sign_ins.begin(user, str(request.session.session_key), now, terms, **facts)


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    _write("login_failed", str(credentials.get("username") or ""), request)


def _locked_out(sender: Any, request: HttpRequest | None, username: str | None, **_: Any) -> None:
    _write("locked_out", username or "", request)


def _logged_out(sender: Any, request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is None:
        return
    if request is not None and (row := sign_ins.found(request.session.session_key)):
        sign_ins.end(row, datetime.now(UTC), "logout")
    _write("logout", user.username, request)


def _write(action: str, username: str, request: HttpRequest | None) -> None:
    role = User.objects.filter(username=username).values_list("role", flat=True).first()
    actor = username if role is not None else UNKNOWN
    append(AuditRecord(datetime.now(UTC), actor, role or "", action, address=_address(request)))


def _address(request: HttpRequest | None) -> str:
    return str(request.META.get("REMOTE_ADDR", "")) if request is not None else ""
