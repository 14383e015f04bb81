"""Log-ins and the accounts of a single sign-on provider that open them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.state.models.users import User


class SsoLink(models.Model):
    """Made at the first sign-on, by name; from then on only `subject`, which the provider never gives twice, counts."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sso_links")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="sso_subject_once"),
            models.UniqueConstraint(fields=["issuer", "user"], name="sso_user_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issuer}"
