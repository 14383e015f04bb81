"""Before the password is looked at: may this log-in use one at all? (`sign_in.passwords` in liuke.yaml)"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class PasswordGate:
    """An authentication backend that lets nobody in and turns away whom only single sign-on is for."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> None:
        """Hands on to the next backend, or ends the attempt, which counts as failed and takes as long as any other."""
        if username is None or settings.BANK.sign_in.may_use_password(username):
            return
        make_password(password)
        raise PermissionDenied
