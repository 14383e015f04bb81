"""Questions about customers' behaviour that people keep: the question, never its answer."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

KINDS: Final = ("funnel", "retention", "paths", "distribution", "journey")


class AnalysisView(models.Model):
    """One kept question. kind: of KINDS. text: the question as YAML, without data and without a scope: whoever opens
    it asks it of the own customers. version: rises with every change. shared: others may open and copy it. gone_at:
    since when it is removed; the row stays for the log.
    """

    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    text = models.TextField()
    owner = models.CharField(max_length=150)
    version = models.IntegerField(default=1)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="analysis_view_kind_known"),
            models.CheckConstraint(condition=~models.Q(owner=""), name="analysis_view_has_owner"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "gone_at"], name="analysis_view_owner"),
            models.Index(fields=["shared", "gone_at"], name="analysis_view_shared"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} v{self.version}"


class AnalysisViewVersion(models.Model):
    """A kept question as it was in one of its versions."""

    view = models.ForeignKey(AnalysisView, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    name = models.CharField(max_length=80)
    text = models.TextField()
    shared = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["view", "version"], name="analysis_view_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.view_id} v{self.version}"
