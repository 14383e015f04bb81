"""Where people are signed in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from liuke.state.models.users import User

WAYS = [("password", "密码"), ("oidc", "单点登录")]
ENDS = [
    ("logout", "退出"), ("idle", "闲置"), ("over", "到期"), ("elsewhere", "在别处登录"), ("self", "本人结束"),
    ("password", "改密码"), ("admin", "管理员结束"),
]  # fmt: skip


class SignIn(models.Model):
    """One session of a person. session_key: of Django's session. seen_at: when the person did something last, to the
    minute; what pages ask by themselves does not count. agent: what the browser calls itself. ended_by: code of ENDS.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    way = models.CharField(max_length=16, choices=WAYS, default="password")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True, default="")
    agent = models.CharField(max_length=255, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=16, choices=ENDS, blank=True, default="")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "ended_at"], name="sign_in_open")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.started_at:%Y-%m-%d %H:%M}"
