"""What the core feed has told so far, kept in the intake log beside what it appended.

A *round* takes up the loads that were finished since the last one. Its plan is noted before anything of it is
appended, and every append notes how far the round is in the same transaction. After a crash the round goes on behind
its last event: the plan fixes which rows it speaks of, so that the same events come in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from liuke.clock import FEED_LAG
from liuke.collect.tracking.event import Taken
from liuke.collect.tracking.log import IntakeLog

_STATE: Final = "feed:state"
_BATCH: Final = "feed:batch:"


class Batch(msgspec.Struct, frozen=True):
    """A load: source, batch id, when it began, the round that took it up, and the tables to which it brought rows."""

    source: str
    batch_id: str
    started: datetime
    round: int
    tables: tuple[str, ...]


class Mark(msgspec.Struct, frozen=True):
    """Up to which day something was told, with the rows that rounds up to `round` had taken up."""

    day: date
    round: int


class Plan(msgspec.Struct, frozen=True):
    """A round. at: when it was planned. balances, maturities: up to which day; None where there is nothing to tell.

    last: moment and id of the newest event appended; events: how many were.
    """

    round: int
    at: datetime
    batches: tuple[Batch, ...]
    balances: date | None
    maturities: date | None
    last: tuple[datetime, str] | None = None
    events: int = 0


class Told(msgspec.Struct, frozen=True):
    """since: what was known by then is history and is not told. plan: the round under way."""

    since: datetime
    round: int
    balances: Mark
    maturities: Mark
    plan: Plan | None = None


def beginning(since: datetime, zone: ZoneInfo) -> Told:
    """Nothing told yet: the days that were over by `since` (aware) are history."""
    today = since.astimezone(zone).date()
    closed = (since - FEED_LAG).astimezone(zone).date()
    return Told(since.astimezone(UTC), 0, Mark(closed, 0), Mark(today, 0))


class FeedBook:
    """Reads and writes it. One feeder at a time."""

    def __init__(self, log: IntakeLog) -> None:
        self._log = log

    def told(self) -> Told | None:
        """What was told; None before the feed began."""
        found = self._log.fed(_STATE).get(_STATE)
        return msgspec.json.decode(found, type=Told) if found else None

    def batches(self) -> list[Batch]:
        """Every load that a round took up."""
        return [msgspec.json.decode(value, type=Batch) for value in self._log.fed(_BATCH).values()]

    def write(self, told: Told, now: datetime, events: Sequence[Taken] = (), batches: Sequence[Batch] = ()) -> None:
        """Notes it together with events appended and loads taken up."""
        notes = {_STATE: msgspec.json.encode(told)} | {_key(batch): msgspec.json.encode(batch) for batch in batches}
        self._log.append_fed(events, int(now.timestamp() * 1_000_000), notes)


def rounds(told: Told, plan: Plan) -> Told:
    """What is told once the round is over."""
    kept: Mapping[str, Mark] = {"balances": told.balances, "maturities": told.maturities}
    ends = {"balances": plan.balances, "maturities": plan.maturities}
    marks = {name: Mark(day, plan.round) if (day := ends[name]) else mark for name, mark in kept.items()}
    return msgspec.structs.replace(told, round=plan.round, plan=None, **marks)


def _key(batch: Batch) -> str:
    """Names of sources and batches may be longer than a key."""
    return _BATCH + blake2b(f"{batch.source}\n{batch.batch_id}".encode(), digest_size=16).hexdigest()
