"""Keys of systems that read over the API."""

from __future__ import annotations

from django.db import models


class ApiKeyRow(models.Model):
    """One key (govern/api_key.py). digest: of the secret, which is kept nowhere. scopes, purposes: lists of codes.

    last_used_at: to the minute.
    """

    key_id = models.CharField(max_length=16, primary_key=True)
    name = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    purposes = models.JSONField(default=list)
    branch_id = models.CharField(max_length=64)
    per_second = models.IntegerField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.key_id} {self.name}"
