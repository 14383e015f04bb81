"""Runs the stream worker of a bank home until it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import structlog
from django.db import close_old_connections
from django.db.utils import OperationalError

from liuke.act.triggers import Core, RuleSet
from liuke.act.triggers.core import warm
from liuke.act.triggers.snapshot import set_aside_older
from liuke.collect.tracking.log import IntakeLog, LogFull
from liuke.collect.tracking.settings import read_collect
from liuke.collect.tracking.status import BEAT_SECONDS, beat
from liuke.engine import Engine
from liuke.errors import LiukeError, TryAgain
from liuke.state.actions.carry_decisions import carry_decisions
from liuke.streaming.carrying import into_lake
from liuke.streaming.core.feed import LATENESS
from liuke.streaming.deciding import Terms
from liuke.streaming.gates import LakeGates
from liuke.streaming.log_reader import NAP_SECONDS, folder_of, log_and_book
from liuke.streaming.people import People
from liuke.streaming.remembering import remember
from liuke.streaming.rules import Given, read_given, stamp
from liuke.streaming.terms import terms_of
from liuke.streaming.worker import StreamWorker
from liuke.wiring import House

CHECKPOINT_SECONDS: Final = 10.0
CARRY_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 2.0
"""How often files of rules are looked at."""
_logger = structlog.get_logger()


def core_of(house: House, path: Path | None, rules: RuleSet) -> Core:
    """The core as the snapshot at `path` has it, or an empty one where there is none.

    A state of an older release is set aside and built anew.
    """
    if path is not None and (aside := set_aside_older(path)):
        _logger.warning(
            "the state is of an older release; it is built anew from the lake and what the log still keeps",
            kept=str(aside),
        )
    if path is not None and path.exists():
        return Core.load(path, rules)
    return Core.start(rules, house.zone, lateness=LATENESS // timedelta(microseconds=1))


def run_stream(
    house: House,
    stopped: Callable[[], bool],
    started: Callable[[RuleSet], None],
    *,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Works on the intake log until `stopped`; then saves where it is. The state database must have been started."""
    settings = read_collect(house.home)
    warm()
    with ExitStack() as open_:
        log, book = open_.enter_context(log_and_book(house, settings.log))
        engine: Engine = open_.enter_context(house.on("duckdb").engine())
        given = read_given(house)
        people = People(house.lake, engine)
        terms = terms_of(house, given)
        gates = LakeGates(house.lake, engine, house.zone)
        snapshot = folder_of(house) / "core.snapshot"
        core = core_of(house, snapshot, given.rules)
        if core.position is None:
            remember(core, house.lake, engine, house.zone, _begin_of(log), stopped)
        if stopped():
            return
        worker = StreamWorker(log, core, book, people, terms, snapshot, gates)
        started(given.rules)
        Loop(house, worker, given, checkpoint_seconds, _teller(log, worker)).run(stopped)


def _begin_of(log: IntakeLog) -> datetime:
    """When the oldest batch that the log still keeps was stored: from then on the log itself tells."""
    return datetime.fromtimestamp((log.stored_at(0) or _now()) / 1e6, UTC)


class Works(Protocol):
    """What the loop drives."""

    def step(self) -> int:
        """Works on what has come; returns how much, 0 for nothing."""

    def checkpoint(self) -> None:
        """Saves where it is."""

    def change(self, terms: Terms, rules: RuleSet) -> None:
        """Other rules, policy or calendar from now on."""

    def carries(self) -> bool:
        """Whether it is the one that brings decisions into the lake."""


class Loop:
    """Steps, and what is done now and then beside them. tell: keeps what the worker says of itself."""

    def __init__(
        self, house: House, worker: Works, given: Given, checkpoint_seconds: float,
        tell: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._house, self._worker, self._given, self._tell = house, worker, given, tell
        self._mistake, self._read_at = "", _now()
        self._stamp = stamp(house.home)
        self._checkpoint_seconds = checkpoint_seconds
        now = time.monotonic()
        self._due = {"checkpoint": now + checkpoint_seconds, "carry": now, "look": now + LOOK_SECONDS, "beat": now}

    def run(self, stopped: Callable[[], bool]) -> None:
        """Until told to stop; the last thing is a checkpoint."""
        while not stopped():
            try:
                busy = self._worker.step()
                self._now_and_then()
            except (TryAgain, OperationalError) as error:  # nothing was half done: the same step comes again
                _logger.error("stream", what=str(error).splitlines()[0])
                close_old_connections()
                time.sleep(1.0)
                continue
            if not busy:
                time.sleep(NAP_SECONDS)
        self._worker.checkpoint()
        self._carry()
        self._beat(ended=True)

    def _now_and_then(self) -> None:
        if self._is_due("look", LOOK_SECONDS):
            self._look()
        if self._is_due("checkpoint", self._checkpoint_seconds):
            began = time.monotonic()
            self._worker.checkpoint()
            # A large bank's state takes seconds to write, during which nothing is watched: at most a twentieth of time.
            took = time.monotonic() - began
            self._due["checkpoint"] = began + max(self._checkpoint_seconds, 20 * took)
        if self._is_due("carry", CARRY_SECONDS):
            self._carry()
        if self._is_due("beat", BEAT_SECONDS):
            self._beat()

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + every
        return True

    def _carry(self) -> None:
        if self._worker.carries() and (carried := carry_decisions(into_lake(self._house.lake), now=datetime.now(UTC))):
            _logger.info("decisions carried", decisions=carried)

    def _beat(self, *, ended: bool = False) -> None:
        """Says for the console that it is at work, and under which rules."""
        rules = self._given.rules
        self._tell(
            {"ended": ended, "rules": len(rules.rules), "asleep": len(rules.sleeping), "read_at": self._read_at,
             "mistake": self._mistake}
        )  # fmt: skip

    def _look(self) -> None:
        """Takes up changed rules; a mistake in a file leaves those at work as they are."""
        began = _now()  # before anything is read: what is written meanwhile does not count as read
        if (found := stamp(self._house.home)) != self._stamp:
            self._stamp = found
            try:
                self._given = read_given(self._house)
                self._mistake, self._read_at = "", began
                _logger.info("rules read", rules=len(self._given.rules.rules))
            except LiukeError as error:
                self._mistake = error.what
                _logger.error("rules not read; those before stay at work", what=error.what)
            terms = terms_of(self._house, self._given)
            self._worker.change(terms, self._given.rules)
            self._beat()


def _teller(log: IntakeLog, worker: StreamWorker) -> Callable[[Mapping[str, Any]], None]:
    """Keeps in the log what the worker says of itself, with how far it is."""

    def tell(said: Mapping[str, Any]) -> None:
        with suppress(LogFull):  # the console's loss, not the customers'
            beat(log, "triggers", _now(), position=worker.position, **said)

    return tell


def _now() -> int:
    return time.time_ns() // 1000
