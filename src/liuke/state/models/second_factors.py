"""Second factors of log-ins."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.state.models.users import User


class SecondFactor(models.Model):
    """A person's authenticator app. sealed: its secret, sealed. confirmed_at: None until a first code was right.
    last_step: time step of the code taken last; none of it or before is taken again.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed = models.TextField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the app, once. digest: keyed; the code itself is kept nowhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"
