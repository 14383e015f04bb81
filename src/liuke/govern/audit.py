"""The audit record and its chain: each row's hash covers the row and the hash before it.

Changing, removing or inserting a row breaks every later hash, so a check (govern/anchor.py) finds the first false row.
Method: SHA-256 over canonical JSON (sorted keys, no spaces, UTF-8), as in RFC 8785 for the types allowed here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

Plain = str | int | bool | None
"""What audit data may hold: no floats, whose text differs between databases; money goes in as text."""

GENESIS = "0" * 64
"""The hash before the first row."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing that somebody did.

    at: aware, kept in UTC to the microsecond. actor: username or 'system'. action: view_customer, unmask,
    export, login, order_accept … object_type, object_id: what it was done to. address: the client's network
    address. data: facts without personal values.
    """

    at: datetime
    actor: str
    role: str
    action: str
    object_type: str = ""
    object_id: str = ""
    reason: str = ""
    address: str = ""
    data: Mapping[str, Plain | list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("audit times are aware")
        for key, value in self.data.items():
            if not isinstance(value, str | int | bool | list | None):
                raise TypeError(f"audit data {key!r} holds {type(value).__name__}; write it as text")


@dataclass(frozen=True, slots=True)
class ChainedRecord:
    """A record as stored: its place in the chain and both hashes."""

    seq: int
    record: AuditRecord
    previous_hash: str
    hash: str


def chain_hash(previous: str, record: AuditRecord) -> str:
    """The hash (64 hexadecimal digits) of `record` standing after `previous`."""
    text = _canonical({"previous": previous, **_plain(record)})
    return hashlib.sha256(text.encode()).hexdigest()


def record_line(row: ChainedRecord) -> str:
    """A row as one line of JSON with both hashes, from which `read_record` makes the same row."""
    return _canonical({"seq": row.seq, **_plain(row.record), "previous_hash": row.previous_hash, "hash": row.hash})


def read_record(line: str) -> ChainedRecord:
    """The row of a line of `record_line`. Raises ValueError for a line that is none."""
    try:
        told = json.loads(line)
        ends = {name: told.pop(name) for name in ("seq", "previous_hash", "hash")}
        record = AuditRecord(**told | {"at": datetime.fromisoformat(told["at"])})
        return ChainedRecord(int(ends["seq"]), record, str(ends["previous_hash"]), str(ends["hash"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def false_line(rows: Iterable[ChainedRecord]) -> int | None:
    """The `seq` of the first row of a file that is not as it was written, None when all are. Rows rise in seq.

    A file may leave out rows. Of those it holds each must have its own hash, and follow the row before it where that is
    its neighbour; what was left out cannot be seen.
    """
    before: ChainedRecord | None = None
    for row in rows:
        neighbours = before is not None and row.seq == before.seq + 1
        previous = before.hash if before and neighbours else row.previous_hash
        if (before and row.seq <= before.seq) or not follows(row, previous, row.seq):
            return row.seq
        before = row
    return None


def _plain(record: AuditRecord) -> dict[str, object]:
    return {
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": record.actor,
        "role": record.role,
        "action": record.action,
        "object_type": record.object_type,
        "object_id": record.object_id,
        "reason": record.reason,
        "address": record.address,
        "data": dict(record.data),
    }


def _canonical(body: Mapping[str, object]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def follows(row: ChainedRecord, previous: str, expected: int) -> bool:
    """Whether the row is what was written as row `expected`, after a row whose hash is `previous`."""
    fits = row.seq == expected and row.previous_hash == previous
    return fits and row.hash == chain_hash(previous, row.record)
