"""Appending to the audit log and checking it."""

from __future__ import annotations

from liuke.govern.audit import GENESIS, AuditRecord, chain_hash, first_break
from liuke.state.locks import sole_writer
from liuke.state.models import AuditEntry


def append(record: AuditRecord) -> AuditEntry:
    """Writes one row at the end of the chain, in the caller's transaction when there is one.

    If that transaction is rolled back the row goes too: what did not happen is not in the log.
    """
    with sole_writer("audit"):
        last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
        seq, previous = last or (0, GENESIS)
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
        entry.save()
    return entry


def verify() -> int | None:
    """The `seq` of the first row that was changed, removed or put in, None when the chain is whole.

    Reads every row once, in batches. Rows cut off at the very end cannot be seen from inside: keep the newest
    hash elsewhere (a printed daily report will do) and compare.
    """
    entries = AuditEntry.objects.order_by("seq").iterator(chunk_size=2000)
    return first_break(entry.chained() for entry in entries)
