"""The second factor: asked for at the door, switched on and off by the person, reset by an administrator."""

from __future__ import annotations

from django.db import transaction

from liuke.act.progress.guessing import GuessTerms
from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord
from liuke.state import second_factor, sign_ins
from liuke.state.actions.change_order import Who
from liuke.state.actions.end_sessions import named
from liuke.state.audit import append
from liuke.state.guessing import forgive, let_try
from liuke.state.models import RecoveryCode, SignIn, User


class WrongCode(YourMistake):
    """The code is not of the person's app, was used before, or is too old."""

    def __init__(self) -> None:
        super().__init__("the code is wrong or was used before", state="nothing was changed", then="wait for the next")


def prove_code(who: Who, user: User, code: str) -> None:
    """Takes a code of the app or a recovery code, each once. Raises WrongCode, TooManyTries."""
    guard = _guarded(who, user)
    how = second_factor.accept(user, code, who.at)
    if how is None:
        _write(who, user, "factor_wrong")
        raise WrongCode
    if how == "recovery":
        _write(who, user, "recovery_used", left=RecoveryCode.objects.filter(user=user, used_at=None).count())
    forgive(guard)


def begin_factor(who: Who, user: User, mark: int | None) -> second_factor.Begun:
    """The secret to put into an app; a new one is audited. mark: of the one that this session was shown before."""
    with transaction.atomic():
        made = second_factor.begin(user, mark, who.at)
        if made.is_new:
            _write(who, user, "factor_begun")
    return made


def switch_on(who: Who, user: User, mark: int | None, code: str) -> list[str]:
    """Recovery codes, to be shown once, after the first code of the app. mark: of the secret that this session was
    shown. Raises WrongCode, TooManyTries.
    """
    guard = _guarded(who, user)
    codes = second_factor.confirm(user, mark, code, who.at)
    if codes is None:
        _write(who, user, "factor_wrong")
        raise WrongCode
    _write(who, user, "factor_on")
    forgive(guard)
    return codes


def switch_off(who: Who, user: User, code: str) -> None:
    """Takes the factor away, against a code of it. Raises WrongCode, TooManyTries."""
    prove_code(who, user, code)
    with transaction.atomic():
        second_factor.remove(user)
        _write(who, user, "factor_off")


def new_codes(who: Who, user: User, code: str) -> list[str]:
    """New recovery codes, against a code. Raises WrongCode, TooManyTries."""
    prove_code(who, user, code)
    with transaction.atomic():
        codes = second_factor.renew_recovery_codes(user)
        _write(who, user, "recovery_new")
    return codes


def reset_factor(who: Who, username: str, reason: str = "") -> bool:
    """An administrator takes somebody's factor away and ends all sessions, for one may be on the lost phone; whether
    there was a factor. Raises NotAllowed, YourMistake.
    """
    require(who.scope, "manage_users")
    user = named(username)
    with transaction.atomic():
        used = second_factor.remove(user)
        sign_ins.end_all(SignIn.objects.filter(user=user, ended_at=None), who.at, "admin")
        said = reason.strip()[:200]
        row = AuditRecord(
            who.at, who.scope.actor, who.scope.role, "factor_reset", "user", username[:64], said, who.address
        )
        append(row)
    return used


def _guarded(who: Who, user: User) -> dict[str, GuessTerms]:
    guard = {f"code:{user.pk}": second_factor.GUESSES}
    let_try(guard, who.at)
    return guard


def _write(who: Who, user: User, action: str, **data: int) -> None:
    append(AuditRecord(who.at, user.username, user.role, action, "user", user.username[:64], "", who.address, data))
