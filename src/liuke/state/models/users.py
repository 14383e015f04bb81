"""Log-ins."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

ROLE_CHOICES = [
    ("rm", "客户经理"),
    ("team_lead", "团队长"),
    ("branch_head", "行长"),
    ("analyst", "数字运营"),
    ("campaign_manager", "活动经理"),
    ("approver", "审批人"),
    ("compliance", "合规"),
    ("data_engineer", "数据工程师"),
    ("admin", "管理员"),
]


class User(AbstractUser):
    """A person who logs in.

    staff_id ties the log-in to the bank's staff (None for people without one). branch_id is where the
    person's view of the branch tree begins. language: 'zh-hans', 'en' or '' for the bank's default.
    """

    staff_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    display_name = models.CharField(max_length=64, blank=True, default="")
    role = models.CharField(max_length=16, choices=ROLE_CHOICES, default="rm")
    branch_id = models.CharField(max_length=64, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(role__in=[r for r, _ in ROLE_CHOICES]), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username
