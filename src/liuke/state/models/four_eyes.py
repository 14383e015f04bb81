"""What every proposal keeps that one person makes and another decides about."""

from __future__ import annotations

from django.db import models


class Proposed(models.Model):
    """code: of what is changed, its file's name. base: the file when it was begun; that it is still so is checked
    before anything is written. stage: `govern.approval.Stage`. note: why, by the author; reason: why, by who decided.
    version: rises with every step, so that nobody decides about what has moved on.
    """

    code = models.CharField(max_length=64)
    base = models.TextField(blank=True, default="")
    stage = models.CharField(max_length=16, default="draft")
    author = models.CharField(max_length=150)
    note = models.TextField(blank=True, default="")
    decided_by = models.CharField(max_length=150, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Drafted(Proposed):
    """A proposed text of a whole file; those that were approved are the file's history. base: '' for a new one."""

    text = models.TextField()
    begun_at = models.DateTimeField()

    class Meta:
        abstract = True
