"""Sessions are ended: by the person, one or all others; by an administrator, all of somebody's."""

from __future__ import annotations

from django.db import transaction

from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord
from liuke.sign_in_settings import SessionSettings
from liuke.state import sign_ins
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.models import SignIn, User


def end_own(who: Who, user: User, pk: int) -> bool:
    """The person ends one of the own sessions; False when it is none of theirs or over already."""
    row = SignIn.objects.filter(pk=pk, user=user, ended_at=None).first()
    if row is None:
        return False
    with transaction.atomic():
        sign_ins.end(row, who.at, "self")
        _write(who, "session_end", str(pk), {"why": "self", "from": row.address})
    return True


def end_others(who: Who, user: User, terms: SessionSettings, but: str, why: str = "self") -> int:
    """All sessions of the person but the one with the key `but`; how many were in force."""
    with transaction.atomic():
        rows = [row for row in sign_ins.standing(user, who.at, terms) if row.session_key != but]
        ended = sign_ins.end_all(rows, who.at, why)
        if ended:
            _write(who, "sessions_end", user.username, {"why": why, "sessions": ended})
    return ended


def end_all_of(who: Who, username: str, reason: str = "") -> int:
    """An administrator ends all sessions of somebody. Raises NotAllowed, YourMistake for a name nobody has."""
    require(who.scope, "manage_users")
    user = named(username)
    with transaction.atomic():
        ended = sign_ins.end_all(SignIn.objects.filter(user=user, ended_at=None), who.at, "admin")
        _write(who, "sessions_end", username, {"why": "admin", "sessions": ended}, reason)
    return ended


def set_active(who: Who, username: str, active: bool, reason: str = "") -> int:
    """An administrator closes a log-in, which ends its sessions, or opens it again; how many were ended."""
    require(who.scope, "manage_users")
    user = named(username)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=active)
        _write(who, "user_open" if active else "user_close", username, {}, reason)
        return 0 if active else sign_ins.end_all(SignIn.objects.filter(user=user, ended_at=None), who.at, "admin")


def named(username: str) -> User:
    """The log-in of this name; YourMistake when there is none."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise YourMistake(
            f"no log-in is called '{username}'", state="nothing was changed", then="liuke user list   # shows the names"
        )
    return user


def _write(who: Who, action: str, name: str, data: dict[str, str | int], reason: str = "") -> None:
    kind = "session" if action == "session_end" else "user"
    actor, role = who.scope.actor, who.scope.role
    append(AuditRecord(who.at, actor, role, action, kind, name[:64], reason.strip()[:200], who.address, data))
