"""Applications that customers began on some channel, their steps over all of them, and who tried wrong codes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from liuke.act.progress.application import ENDED, STATUSES
from liuke.govern.access import Scope
from liuke.state.models.in_scope import in_branches, in_scope


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Queries on applications; begin with `visible_to` or `handed_to`."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the customers in the scope: books and shared customers of RMs and team leads, else the subtree."""
        return self.filter(in_scope(scope))

    def handed_to(self, scope: Scope) -> Self:
        """Those a code may open: of the branch subtree, whoever's customer it is, for the customer hands it over."""
        return self.filter(in_branches(scope))

    def in_force(self, now: datetime) -> Self:
        """Those whose code holds."""
        return self.filter(code_hash__isnull=False, expires_at__gt=now)


class Application(models.Model):
    """One application: `act.progress.application.Standing` and its code. Times are UTC.

    customer_name: masked. branch_id, staff_id: the customer's when the code was issued last. code_hash: keyed digest of
    the code, null without one in force; the code itself is kept nowhere. phone_hash: keyed digest of the last four
    digits of the phone registered then. issued_by: log-in or key. stage, channel: of the newest step, at last_step_at.
    """

    application_id = models.CharField(max_length=64, unique=True)
    journey = models.CharField(max_length=32)
    customer_id = models.CharField(max_length=64)
    customer_name = models.CharField(max_length=64, blank=True, default="")
    branch_id = models.CharField(max_length=64, blank=True, default="")
    staff_id = models.CharField(max_length=64, null=True, blank=True)
    code_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    phone_hash = models.CharField(max_length=64, blank=True, default="")
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.CharField(max_length=150, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=32)
    channel = models.CharField(max_length=16)
    status = models.CharField(max_length=16)
    last_step_at = models.DateTimeField()
    version = models.IntegerField(default=0)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="application_status_known"),
            models.CheckConstraint(
                condition=Q(code_hash__isnull=True) | Q(expires_at__isnull=False), name="application_code_ends"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer_id", "last_step_at"], name="application_customer"),
            models.Index(fields=["branch_id", "last_step_at"], name="application_branch"),
            models.Index(fields=["staff_id", "last_step_at"], name="application_staff"),
            models.Index(fields=["last_step_at"], name="application_newest"),
            models.Index(fields=["expires_at"], condition=Q(code_hash__isnull=False), name="application_expiry"),
        ]

    @property
    def ended(self) -> bool:
        """Whether nothing more can be done about it."""
        return self.status in ENDED

    def __str__(self) -> str:
        return self.application_id


class ApplicationStep(models.Model):
    """One step on one channel, once per event_id. fields: names of the data typed in. actor: log-in, key, or the source
    of the event. batch: of the append to the intake log; null while it waits, 0 where it came from there.
    """

    event_id = models.CharField(max_length=255, unique=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    name = models.CharField(max_length=32)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    channel = models.CharField(max_length=16)
    stage = models.CharField(max_length=32)
    status = models.CharField(max_length=16)
    fields = models.JSONField(default=list)
    actor = models.CharField(max_length=150)
    batch = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["application", "at"], name="step_of_application"),
            models.Index(fields=["id"], condition=Q(batch__isnull=True), name="step_waiting"),
            models.Index(fields=["batch"], name="step_batch"),
        ]

    def __str__(self) -> str:
        return self.event_id


class GuessGuard(models.Model):
    """Wrong codes of one subject (`act.progress.guessing.Tries`): page:ADDRESS, user:NAME, key:ID, code:DIGEST…"""

    subject = models.CharField(max_length=200, primary_key=True)
    misses = models.IntegerField(default=0)
    at = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.subject
