"""Log-ins: made or brought up to date by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from liuke.errors import YourMistake, did_you_mean
from liuke.govern.access import ROLES, may
from liuke.state import sign_ins
from liuke.state.models import Branch, SignIn, Staff, User

WITHOUT_PLACE: Final = frozenset(role for role in ROLES if not may(role, "see_customers") and role != "approver")
"""Roles that see nobody and decide nothing, for which a branch says nothing."""


def ensure_user(
    username: str,
    *,
    role: str,
    password: str | None,
    branch_id: str = "",
    staff_id: str | None = None,
    display_name: str = "",
    language: str = "",
) -> User:
    """Makes the log-in, or changes the one of that name to be as given; the same call twice changes nothing.

    password None keeps the old one (a new log-in then cannot be used yet). An RM needs a staff id; every role
    that sees customers or approves needs a branch, taken from the staff row when not given. Another role, branch or
    password ends the person's sessions. Raises YourMistake for an
    unknown role, branch or staff id, a staff id that has another log-in, or a password that is too easy.
    """
    if role not in ROLES:
        raise YourMistake(f"unknown role '{role}'", expected=did_you_mean(role, ROLES))
    staff = _staff(staff_id)
    with transaction.atomic():
        user = User.objects.filter(username=username).first() or User(username=username)
        before = user.role, user.branch_id, user.password
        user.role = role
        user.staff_id = staff_id or None
        user.branch_id = branch_id or (staff.branch_id if staff else "")
        user.display_name = display_name or user.display_name or (staff.name if staff else username)
        user.language = language or user.language
        _check_place(user)
        _set_password(user, password)
        is_new = user.pk is None
        user.save()
        if not is_new and before != (user.role, user.branch_id, user.password):
            sign_ins.end_all(SignIn.objects.filter(user=user, ended_at=None), datetime.now(UTC), "admin")
    return user


def _staff(staff_id: str | None) -> Staff | None:
    if not staff_id:
        return None
    staff = Staff.objects.filter(staff_id=staff_id).first()
    if staff is None:
        raise YourMistake(
            f"the bank has no member of staff '{staff_id}'",
            state="no log-in was changed",
            then="load the staff table and run the day (liuke run), or leave the staff id out",
        )
    return staff


def _check_place(user: User) -> None:
    if user.role == "rm" and not user.staff_id:
        raise YourMistake("an RM's log-in needs a staff id", state="no log-in was changed", then="add --staff ID")
    if user.role not in WITHOUT_PLACE and not user.branch_id:
        raise YourMistake("this role needs a branch", state="no log-in was changed", then="add --branch ID")
    if user.branch_id and not Branch.objects.filter(branch_id=user.branch_id).exists():
        near = did_you_mean(user.branch_id, Branch.objects.values_list("branch_id", flat=True)[:2000])
        raise YourMistake(f"unknown branch '{user.branch_id}'", expected=near, state="no log-in was changed")
    taken = User.objects.filter(staff_id=user.staff_id).exclude(pk=user.pk).first() if user.staff_id else None
    if taken:
        raise YourMistake(
            f"staff id '{user.staff_id}' belongs to the log-in '{taken.username}'", state="no log-in was changed"
        )


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        if not user.pk:
            user.set_unusable_password()
        return
    if user.pk and user.check_password(password):
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise YourMistake(
            "the password is too easy: " + " ".join(error.messages),
            state="no log-in was changed",
            then="choose a longer one, e.g. four unrelated words",
        ) from error
    user.set_password(password)
