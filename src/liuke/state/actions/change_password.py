"""A person changes the own password: the old one is asked for, the new one checked, every other session ended."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from liuke.act.progress.guessing import GuessTerms
from liuke.errors import YourMistake
from liuke.govern.audit import AuditRecord
from liuke.sign_in_settings import SessionSettings
from liuke.state.actions.change_order import Who
from liuke.state.actions.end_sessions import end_others
from liuke.state.audit import append
from liuke.state.guessing import forgive, let_try
from liuke.state.models import User

_GUESSES = GuessTerms(free=4, most=5)


class WrongPassword(YourMistake):
    """The old password is not the person's."""


def prove_password(who: Who, user: User, password: str) -> None:
    """Raises WrongPassword unless it is the person's: an open browser is not enough for what changes the log-in.

    Raises TooManyTries (an hour after the fifth wrong one), so that a borrowed session is no place to guess in.
    """
    guard = {f"password:{user.pk}": _GUESSES}
    let_try(guard, who.at)
    if not user.check_password(password):
        append(
            AuditRecord(who.at, user.username, user.role, "password_wrong", "user", user.username[:64], "", who.address)
        )
        raise WrongPassword("the password is wrong", state="nothing was changed", then="type it again")
    forgive(guard)


def change_password(who: Who, user: User, old: str, new: str, terms: SessionSettings, session_key: str) -> int:
    """How many other sessions were ended. Raises as `prove_password`, and Django's ValidationError for a new password
    that is too easy.
    """
    prove_password(who, user, old)
    validate_password(new, user)
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        append(
            AuditRecord(
                who.at, user.username, user.role, "password_change", "user", user.username[:64], "", who.address
            )
        )
        return end_others(who, user, terms, session_key, why="password")
