"""Mirror of the bank's organisation, for scope and names: synced from the lake; only teams are added to here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Branch(models.Model):
    """One branch 机构; parent_id '' for the head office."""

    branch_id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=128)
    parent_id = models.CharField(max_length=64, blank=True, default="", db_index=True)
    level = models.CharField(max_length=16)
    city = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Staff(models.Model):
    """One member of staff. daily_capacity: customers per workday, None where the bank gave none."""

    staff_id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=64)
    branch_id = models.CharField(max_length=64, db_index=True)
    role = models.CharField(max_length=16)
    daily_capacity = models.IntegerField(null=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """A customer shared with a member of staff beside the owner (1+N team). own: entered here, not the lake's."""

    staff_id = models.CharField(max_length=64)
    customer_id = models.CharField(max_length=64)
    own = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["staff_id", "customer_id"], name="team_member_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["customer_id"], name="team_member_customer")]

    def __str__(self) -> str:
        return f"{self.staff_id}/{self.customer_id}"
