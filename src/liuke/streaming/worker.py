"""The stream worker: reads accepted events, asks the rules, decides, opens orders; and never does any of it twice.

One step reads some batches, feeds them to the core, and writes matches and orders in one transaction of the state
database. A checkpoint saves the core's state with the offset it is true for. After a crash the worker starts from the
last checkpoint and reads the batches after it again: the core is deterministic, so the same matches come, and the
state knows them by their loop_id. Hence each match and order is written exactly once, whenever the process dies.

    log ─ read(after offset) → Feeding (identity book, core) → Acting (people, decide, store)
     └──────────── offset ← commit ← core.save(offset) ← every checkpoint_seconds ┘
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liuke.act.triggers import Core, Match, RuleSet
from liuke.collect.tracking.log import IntakeLog
from liuke.streaming.acting import Acting, Known
from liuke.streaming.deciding import Terms
from liuke.streaming.feeding import Feeding, events_of
from liuke.streaming.gates import AskGates, nobody_stopped
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.log_reader import CONSUMER, ON_ITS_WAY
from liuke.streaming.shares import Shares

_BATCHES: Final = 200
"""Batches of one step at most: a transaction of the state database stays short."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What the core found up to `position` in some batches of the log and the state does not hold yet."""

    matches: Sequence[Match]
    batches: Sequence[bytes]
    position: int


class StreamWorker:
    """One worker over one intake log. position: offset up to which the core has seen everything."""

    def __init__(
        self, log: IntakeLog, core: Core, book: IdentityBook, people: Known, terms: Terms, snapshot: Path,
        gates: AskGates = nobody_stopped,
    ) -> None:  # fmt: skip
        self._log, self.core, self._book, self._snapshot = log, core, book, snapshot
        self._feeding = Feeding(core, book)
        self._acting = Acting(people, terms, Shares(), gates)
        self.position = _offset_of(core.position, log)
        self._saved = self.position
        self._waiting: _Waiting | None = None
        log.commit(CONSUMER, self.position)  # from now on the log keeps what this worker has not seen

    def change(self, terms: Terms, rules: RuleSet) -> None:
        """Other rules, policy or calendar from now on; rules of unchanged meaning keep their customers."""
        if rules is not self.core.rules:
            self.core.change(rules)
        self._acting.terms = terms

    def step(self, clock: Callable[[], int] = lambda: time.time_ns() // 1000) -> int:
        """Works on what has come, a bounded number of batches; returns how many. clock: microseconds, UTC.

        What the core found is kept until it is stored: after a step that failed there (a locked database) it comes
        first.
        """
        read = 0
        if self._waiting is None:
            read = self._read(clock())
        self._store(clock())
        return read

    def _read(self, now: int) -> int:
        batches = self._log.read(self.position, _BATCHES)
        matches = self._feeding.feed(batches, self._saved) if batches else self.core.advance(now - ON_ITS_WAY)
        position = batches[-1][0] if batches else self.position
        self._waiting = _Waiting(matches, [data for _, data in batches], position)
        return len(batches)

    def _store(self, now: int) -> None:
        if self._waiting is None:
            return
        if matches := self._waiting.matches:
            self._acting.act(matches, events_of(matches, self._waiting.batches), now)
        self.position, self._waiting = self._waiting.position, None

    def carries(self) -> bool:
        """It is the only one."""
        return True

    def checkpoint(self) -> None:
        """Saves the core's state, then commits the offset: what lies before it may be removed from the log."""
        if self._waiting or (self.position == self._saved and self._snapshot.exists()):
            return
        self._book.flush()
        self.core.save(self._snapshot, {"log": self._log.identity, "offset": self.position})
        self._log.commit(CONSUMER, self.position)
        self._saved = self.position


def _offset_of(position: Any, log: IntakeLog) -> int:
    """Where to go on in this log: from its beginning when the state belongs to another one, which is gone."""
    if not isinstance(position, dict) or position.get("log") != log.identity:
        return (log.first or 1) - 1
    return int(position["offset"])
