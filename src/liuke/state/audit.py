"""Appending to the audit log and checking it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from liuke.govern.audit import GENESIS, AuditRecord, chain_hash, first_break
from liuke.state.locks import sole_writer
from liuke.state.models import AuditEntry


def append(record: AuditRecord) -> AuditEntry:
    """Writes one row at the end of the chain, in the caller's transaction when there is one.

    If that transaction is rolled back the row goes too: what did not happen is not in the log.
    """
    with sole_writer("audit"):
        [entry] = _chained([record])
        entry.save()
    return entry


def append_all(records: Sequence[AuditRecord]) -> None:
    """Writes several rows, in this order, all or none: one commit for all of them."""
    with sole_writer("audit"):
        AuditEntry.objects.bulk_create(_chained(records))


def _chained(records: Iterable[AuditRecord]) -> list[AuditEntry]:
    """Unsaved rows that continue the chain; by the sole writer."""
    with connection.cursor() as cursor:  # by hand: building this query takes longer than running it
        cursor.execute("SELECT seq, hash FROM state_auditentry ORDER BY seq DESC LIMIT 1")
        seq, previous = cursor.fetchone() or (0, GENESIS)
    entries = []
    for record in records:
        entry = AuditEntry(
            seq=seq + 1,
            at=record.at,
            actor=record.actor,
            role=record.role,
            action=record.action,
            object_type=record.object_type,
            object_id=record.object_id,
            reason=record.reason,
            address=record.address,
            data=dict(record.data),
            previous_hash=previous,
            hash=chain_hash(previous, record),
        )
        entries.append(entry)
        seq, previous = entry.seq, entry.hash
    return entries


def verify() -> int | None:
    """The `seq` of the first row that was changed, removed or put in, None when the chain is whole.

    Reads every row once, in batches. Rows cut off at the very end cannot be seen from inside: keep the newest
    hash elsewhere (a printed daily report will do) and compare.
    """
    entries = AuditEntry.objects.order_by("seq").iterator(chunk_size=2000)
    return first_break(entry.chained() for entry in entries)
