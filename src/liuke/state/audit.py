"""Appending to the audit log and checking it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from django.db import connection

from liuke.govern.anchor import Anchor, Verdict, check_log
from liuke.govern.audit import GENESIS, AuditRecord, ChainedRecord, chain_hash
from liuke.govern.masking import mask_text
from liuke.state.locks import sole_writer
from liuke.state.models import AuditEntry

_BATCH: Final = 2000


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
    seq, previous = newest()
    entries = []
    for record in map(_scrubbed, records):
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


def _scrubbed(record: AuditRecord) -> AuditRecord:
    """The log keeps why, never whose number: reasons are free text, and the log lives longest."""
    return replace(record, reason=mask_text(record.reason)) if record.reason else record


def newest() -> tuple[int, str]:
    """Number and hash of the last row; 0 and GENESIS of an empty log."""
    with connection.cursor() as cursor:  # by hand: building this query takes longer than running it
        cursor.execute("SELECT seq, hash FROM state_auditentry ORDER BY seq DESC LIMIT 1")
        return cursor.fetchone() or (0, GENESIS)


def verify() -> int | None:
    """The `seq` of the first row that was changed, removed or put in, None when the chain is whole.

    Rows cut off at the end and a chain worked out anew cannot be seen from inside: `check` sees them by the anchors.
    """
    return check((), "").seq or None


def check(anchors: Sequence[Anchor], key: str, told: Callable[[int], object] = lambda _read: None) -> Verdict:
    """Holds the whole log against its chain and the anchors. Reads every row once; told: how many were read so far."""
    return check_log(_rows(told), anchors, key)


def _rows(told: Callable[[int], object]) -> Iterator[ChainedRecord]:
    for n, entry in enumerate(AuditEntry.objects.order_by("seq").iterator(chunk_size=_BATCH), start=1):
        yield entry.chained()
        if n % _BATCH == 0:
            told(n)
