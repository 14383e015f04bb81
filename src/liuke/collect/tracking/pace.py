"""How much came in of late, by source: counted in the transaction that stores it, in steps of five minutes.

One entry a step in the log's `meta`: {source: [events, rejected, newest received_at]}. Steps older than two days go
when a new one begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import lmdb
import msgspec

from liuke.collect.tracking.event import Taken

_KEY: Final = b"pace:"
_STEP: Final = 300_000_000
_KEPT: Final = 2 * 86_400_000_000
_DECODE: Final = msgspec.json.Decoder(dict[str, tuple[int, int, int]]).decode
Counts = dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Events accepted, items quarantined by the collector, and when the newest of either was received (µs)."""

    events: int
    rejected: int
    newest: int


def count(batches: Iterable[Taken]) -> Counts:
    """What the batches hold, by source. A batch is one request, so of one source."""
    found: Counts = {}
    for batch in batches:
        first: Any = batch.events or batch.rejected
        if first:
            source, newest = first[0].source, batch.events[-1].received_at if batch.events else first[0].at
            events, rejected, before = found.get(source, (0, 0, 0))
            found[source] = events + len(batch.events), rejected + len(batch.rejected), max(before, newest)
    return found


def add(txn: lmdb.Transaction, meta: Any, counts: Counts, now: int) -> None:
    """Adds to the step of `now`, microseconds."""
    if not counts:
        return
    key = _key(now)
    before = txn.get(key, db=meta)
    if before is None:
        _sweep(txn, meta, now)
    whole = _sum(_DECODE(bytes(before)) if before else {}, counts)
    txn.put(key, msgspec.json.encode(whole), db=meta)


def read(txn: lmdb.Transaction, meta: Any, since: int) -> dict[str, Pace]:
    """The sums of every step that ends after `since`."""
    whole: Counts = {}
    cursor = txn.cursor(meta)
    if cursor.set_range(_key(since)):
        for key, value in cursor:
            if not bytes(key).startswith(_KEY):
                break
            whole = _sum(whole, _DECODE(bytes(value)))
    return {source: Pace(*counts) for source, counts in whole.items()}


def _sum(one: Counts, other: Counts) -> Counts:
    whole = dict(one)
    for source, (events, rejected, newest) in other.items():
        old = whole.get(source, (0, 0, 0))
        whole[source] = old[0] + events, old[1] + rejected, max(old[2], newest)
    return whole


def _sweep(txn: lmdb.Transaction, meta: Any, now: int) -> None:
    cursor, oldest = txn.cursor(meta), _key(now - _KEPT)
    if cursor.set_range(_KEY):
        while bytes(cursor.key()).startswith(_KEY) and bytes(cursor.key()) < oldest and cursor.delete():
            pass


def _key(moment: int) -> bytes:
    return _KEY + (moment // _STEP).to_bytes(8, "big")


__all__ = ["Pace", "add", "count", "read"]
