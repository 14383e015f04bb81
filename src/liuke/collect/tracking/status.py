"""How collection and what follows it are doing: who is at work, how far behind, what came in. From the log alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.pace import Pace

Worker = Literal["collector", "lake", "triggers"]
BEAT_SECONDS: Final = 5.0
"""How often a process says that it is at work."""
SILENT_US: Final = 60_000_000
"""A process that has said nothing for so long is not at work; the forwarder speaks twice a minute."""
_HOUR: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Working:
    """One process. at: when it last spoke (µs), None when it never did. ended: it said that it stops.

    behind: batches it has not worked on; behind_us: since when the oldest of them waits, 0 with none. said: the rest
    of what it said.
    """

    at: int | None
    alive: bool
    ended: bool
    behind: int
    behind_us: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceFlow:
    """What one source ("endpoint:project") sent in the last hour and day. newest: µs."""

    source: str
    hour: Pace
    day: Pace


@dataclass(frozen=True, slots=True)
class IntakeStatus:
    """last: offset of the newest batch. newest: when the newest event of two days was received (µs), None without."""

    last: int
    workers: Mapping[Worker, Working]
    sources: tuple[SourceFlow, ...]
    newest: int | None


def intake_status(log: IntakeLog, now: int) -> IntakeStatus:
    """The status at `now` (µs)."""
    hour, day = log.paces(now - _HOUR), log.paces(now - 24 * _HOUR)
    nothing = Pace(0, 0, 0)
    flows = tuple(SourceFlow(name, hour.get(name, nothing), day[name]) for name in sorted(day))
    return IntakeStatus(
        last=log.last,
        workers={
            "collector": _working(log, "collector", log.last, now),
            "lake": _working(log, "lake", log.committed("lake"), now),
            "triggers": _working(log, "triggers", log.committed("triggers"), now),
        },
        sources=flows,
        newest=max((flow.day.newest for flow in flows), default=None),
    )


def beat(log: IntakeLog, worker: Worker, now: int, *, ended: bool = False, **said: Any) -> None:
    """The process says that it is at work at `now` (µs), or that it stops."""
    log.note(worker, {"at": now, "ended": ended, **said})


def _working(log: IntakeLog, worker: Worker, done: int, now: int) -> Working:
    said = log.noted(worker) or {}
    at = said.get("at")
    done = max(done, int(said.get("position", 0)))  # a worker is further than its last checkpoint
    waits = log.stored_at(done)
    ended = bool(said.get("ended"))
    return Working(
        at=at,
        alive=at is not None and not ended and now - at < SILENT_US,
        ended=ended,
        behind=max(0, log.last - done),
        behind_us=0 if waits is None or log.last <= done else max(0, now - waits),
        said=said,
    )


__all__ = ["BEAT_SECONDS", "IntakeStatus", "SourceFlow", "Worker", "Working", "beat", "intake_status"]
