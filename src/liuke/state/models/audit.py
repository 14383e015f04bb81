"""The audit log: append-only, hash-chained, guarded by database triggers as well (migration 0002)."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from liuke.errors import YourMistake
from liuke.govern.audit import AuditRecord, ChainedRecord


def _refuse() -> NoReturn:
    raise YourMistake(
        "audit rows are never changed or removed",
        state="nothing was changed",
        then="write a new row with liuke.state.audit.append",
    )


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reading only; rows come in by `liuke.state.audit.append`."""

    def update(self, **kwargs: Any) -> int:
        """Refused."""
        _refuse()

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused."""
        _refuse()


class AuditEntry(models.Model):
    """One audit row. seq is 1, 2, 3 … without gaps; hash = chain_hash(previous_hash, the other columns)."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150)
    role = models.CharField(max_length=16, blank=True, default="")
    action = models.CharField(max_length=32)
    object_type = models.CharField(max_length=32, blank=True, default="")
    object_id = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    address = models.CharField(max_length=64, blank=True, default="")
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["actor", "at"], name="audit_actor"),
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.actor} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts; refuses to change a row that is there."""
        if not self._state.adding:
            _refuse()
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused."""
        _refuse()

    def chained(self) -> ChainedRecord:
        """The row as a frozen value."""
        record = AuditRecord(
            self.at, self.actor, self.role, self.action, self.object_type, self.object_id, self.reason,
            self.address, self.data,
        )  # fmt: skip
        return ChainedRecord(self.seq, record, self.previous_hash, self.hash)
