"""Intake log → lake: events, links and rejects in a few large appends, each exactly once.

The end of a stretch is noted in the log before anything of it is written, so that a run after a crash appends the
same stretch again, under the same commit ids, which the lake then knows. The consumer's offset is committed last.
Facts of the core systems came out of the lake and are left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from liuke.collect.tracking.event import FROM_CORE, IdentityChange, Rejected, TrackedEvent, decode
from liuke.collect.tracking.identities import CONFLICT, Link, links_of
from liuke.collect.tracking.log import IntakeLog
from liuke.engine import Engine
from liuke.lake import Lake, in_stretches
from liuke.tables import EVENT, IDENTITY_LINK, QUARANTINE, Table

CONSUMER: Final = "lake"
EVERY_SECONDS: Final = 30
"""Twice a minute: what the lake takes well (docs/adr/0003)."""
_MOST_EVENTS: Final = 200_000
_BATCHES: Final = 500
_ENCODE: Final = msgspec.json.Encoder().encode
_US: Final = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What one stretch brought. last: its last offset; 0 when there was nothing."""

    last: int = 0
    events: int = 0
    links: int = 0
    rejected: int = 0


@dataclass(slots=True)
class _Stretch:
    first: int
    last: int
    events: list[TrackedEvent]
    changes: list[IdentityChange]
    rejected: list[Rejected]


def forward(log: IntakeLog, lake: Lake, engine: Engine, zone: ZoneInfo, now: datetime) -> Forwarded:
    """Brings the next stretch of the log into the lake; nothing is done when there is none."""
    stretch = _next(log)
    if stretch is None:
        return Forwarded()
    name = f"{log.identity}:{stretch.first}-{stretch.last}"
    mark = (name, int(now.timestamp() * 1_000_000))
    links, findings = links_of(stretch.changes, lake, engine)
    rejected = [*stretch.rejected, *findings]
    _append(lake, QUARANTINE, rejected_rows(rejected, mark), name)
    _append(lake, IDENTITY_LINK, link_rows(links, mark, zone), name)
    _append(lake, EVENT, event_rows(stretch.events, mark, zone), name)
    log.commit(CONSUMER, stretch.last)
    for table in (EVENT, IDENTITY_LINK, QUARANTINE):
        lake.compact(table, engine)
    return Forwarded(stretch.last, len(stretch.events), len(links), len(rejected))


def forward_all(log: IntakeLog, lake: Lake, engine: Engine, zone: ZoneInfo) -> Forwarded:
    """Everything that is in the log."""
    parts = [Forwarded()]
    while (part := forward(log, lake, engine, zone, datetime.now(UTC))).last:
        parts.append(part)
    return Forwarded(
        parts[-1].last, sum(p.events for p in parts), sum(p.links for p in parts), sum(p.rejected for p in parts)
    )


def keep_forwarding(
    step: Callable[[], object], stopped: Callable[[], bool], *, every: float = EVERY_SECONDS, nap: float = 0.5,
    between: Callable[[], object] = lambda: None,
) -> None:  # fmt: skip
    """Runs `step` at most every so many seconds until told to stop, and once more at the end; `between` every nap."""
    due = time.monotonic()
    while not stopped():
        if time.monotonic() >= due:
            step()
            due = time.monotonic() + every
        between()
        time.sleep(nap)
    between()
    step()


def _next(log: IntakeLog) -> _Stretch | None:
    """The stretch noted before a crash, else the next: as many batches as make an append worth its while."""
    done, planned = log.committed(CONSUMER), log.planned(CONSUMER)
    stretch = _Stretch(done + 1, done, [], [], [])
    while len(stretch.events) < _MOST_EVENTS:
        batches = log.read(stretch.last, _BATCHES)
        if planned > done:
            batches = [b for b in batches if b[0] <= planned]
        for offset, data in batches:
            taken = decode(data)
            stretch.events += [e for e in taken.events if e.source != FROM_CORE]
            stretch.changes += taken.changes
            stretch.rejected += taken.rejected
            stretch.last = offset
        if not batches or (planned <= done and len(batches) < _BATCHES):
            break
    if stretch.last == done:
        return None
    if planned <= done:
        log.plan(CONSUMER, stretch.last)
    return stretch


def _append(lake: Lake, table: Table, rows: pa.Table, name: str) -> None:
    if rows.num_rows:
        stream = pa.RecordBatchReader.from_batches(table.arrow, in_stretches(iter(rows.to_batches()), table))
        lake.append(table, stream, commit_id=f"intake:{name}")


def event_rows(events: Sequence[TrackedEvent], mark: tuple[str, int], zone: ZoneInfo) -> pa.Table:
    """Rows of EVENT. mark: batch id, moment of entry."""
    columns = {
        "event_id": [e.event_id for e in events],
        "customer_id": [e.customer_id for e in events],
        "anonymous_id": [e.anonymous_id for e in events],
        "occurred_at": pa.array([e.occurred_at for e in events], pa.int64()).cast(_US),
        "event_name": [e.name for e in events],
        "channel": [e.channel for e in events],
        "session_id": [e.session_id for e in events],
        "properties": [_ENCODE(e.properties).decode() if e.properties else None for e in events],
        "source": [e.source for e in events],
    }
    columns["business_date"] = _local_day(columns["occurred_at"], zone)
    return _rows(EVENT, columns, mark, len(events))


def link_rows(links: Sequence[Link], mark: tuple[str, int], zone: ZoneInfo) -> pa.Table:
    """Rows of IDENTITY_LINK."""
    columns = {
        "id_type": [link.id_type for link in links],
        "id_value": [link.id_value for link in links],
        "customer_id": [link.customer_id for link in links],
        "linked_at": pa.array([link.since for link in links], pa.int64()).cast(_US),
        "unlinked_at": pa.array([link.until for link in links], pa.int64()).cast(_US),
        "source": [link.source for link in links],
    }
    columns["business_date"] = _local_day(columns["linked_at"], zone)
    return _rows(IDENTITY_LINK, columns, mark, len(links))


def rejected_rows(rejected: Sequence[Rejected], mark: tuple[str, int]) -> pa.Table:
    """Rows of QUARANTINE."""
    columns = {
        "source": [r.source for r in rejected],
        "table_name": [IDENTITY_LINK.name if r.rule == CONFLICT else EVENT.name for r in rejected],
        "file": [r.place for r in rejected],
        "line": pa.array([r.line for r in rejected], pa.int64()),
        "column_name": [r.column for r in rejected],
        "value": [r.value for r in rejected],
        "rule": [r.rule for r in rejected],
        "message": [r.message for r in rejected],
        "row_text": [r.text for r in rejected],
    }
    return _rows(QUARANTINE, columns, mark, len(rejected))


def _local_day(moments: pa.Array, zone: ZoneInfo) -> pa.Array:
    return pc.local_timestamp(moments.cast(pa.timestamp("us", tz=str(zone)))).cast(pa.date32())


def _rows(table: Table, columns: dict[str, Any], mark: tuple[str, int], count: int) -> pa.Table:
    system = {
        "batch_id": [mark[0]] * count,
        "line": pa.array(range(1, count + 1), pa.int64()),
        "ingested_at": pa.array([mark[1]] * count, pa.int64()).cast(_US),
    }
    whole = system | columns
    return pa.table([_column(whole[f.name], f.type) for f in table.arrow], schema=table.arrow)


def _column(values: Iterable[Any], kind: pa.DataType) -> pa.Array:
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind)


__all__ = ["CONSUMER", "EVERY_SECONDS", "Forwarded", "event_rows", "forward", "forward_all", "keep_forwarding",
           "link_rows", "rejected_rows"]  # fmt: skip
