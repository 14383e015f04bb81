"""Who is there: leave, duty and certificates of staff as the branch head keeps them, and moves of customers."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

PLANNED, DONE, WITHDRAWN = "planned", "done", "withdrawn"
TRANSFER_STATES: Final = (PLANNED, DONE, WITHDRAWN)


class StaffLeave(models.Model):
    """Leave 请假, both days included. deputy_id: who takes the orders opened meanwhile; '' for nobody."""

    staff_id = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField()
    deputy_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="leave_ends_after_it_begins"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["until", "staff_id"], name="leave_until")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.since}–{self.until}"


class StaffShift(models.Model):
    """On duty 值班 for customers on line of a branch and those below it, from starts_at up to ends_at (UTC)."""

    staff_id = models.CharField(max_length=64)
    branch_id = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="shift_ends_after_it_begins"),
            models.UniqueConstraint(fields=["staff_id", "branch_id", "starts_at"], name="shift_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["ends_at", "branch_id"], name="shift_ends")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.starts_at:%Y-%m-%d %H:%M}"


class StaffSkill(models.Model):
    """A certificate 资质 with its validity, both days included; until null: without an end. code: of routing.yaml."""

    staff_id = models.CharField(max_length=64)
    code = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["staff_id", "code", "since"], name="skill_once"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(since__lte=F("until")), name="skill_days"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.code}"


class Transfer(models.Model):
    """移交 on a day: customers of `giver_id` and their open orders go to the receivers. Never deleted.

    receivers: staff ids; who gets whom is `act.routing.staffing.receiver_of` under the row's id. customers: which,
    all of the giver's when empty. branch_id: of the giver when planned. moved: open orders it moved, once done.
    """

    giver_id = models.CharField(max_length=64)
    branch_id = models.CharField(max_length=64)
    receivers = models.JSONField(default=list)
    customers = models.JSONField(default=list)
    effective_on = models.DateField()
    state = models.CharField(max_length=16, default=PLANNED)
    reason = models.CharField(max_length=200, blank=True, default="")
    planned_by = models.CharField(max_length=150)
    planned_at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    moved = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=TRANSFER_STATES), name="transfer_state_known"),
            models.CheckConstraint(
                condition=Q(state=PLANNED, ended_at__isnull=True) | ~Q(state=PLANNED) & Q(ended_at__isnull=False),
                name="transfer_ended_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "effective_on"], name="transfer_due"),
            models.Index(fields=["effective_on", "giver_id"], name="transfer_day"),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} {self.effective_on} {self.state}"
