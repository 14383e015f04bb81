"""Intake log → topic: whose event it is and what time it is are settled here, once, in the order of the log.

The place in the log is saved after Kafka has taken everything up to it, together with the clock and the links of
devices as of then. After a crash the batches since are sent again, in the same messages and the same order; whoever
reads them knows them by their place (partition.py). The producer is idempotent and never gives up: what stands in a
partition is the log's order without holes.

Every second each partition is told the time: the clock of the log, or, when the log has been read to its end, the
time of day less what may be on its way, as for the worker that reads the log itself. Thus deadlines come up in
partitions where nothing happens, and only after everything received before was published.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from liuke.collect.tracking.event import TrackedEvent, decode
from liuke.collect.tracking.log import IntakeLog, LogFull
from liuke.collect.tracking.status import beat
from liuke.errors import Place as Where
from liuke.errors import TryAgain, YourMistake
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.log_reader import CONSUMER, ON_ITS_WAY
from liuke.streaming.partitioned.messages import NOTHING, Place, clock_header, log_header, packed
from liuke.whole_file import whole_file

TICK: Final = 1_000_000
"""Microseconds between two tellings of the time."""
AT_ONCE: Final = 200
"""Batches of one step at most."""
_IN_FLIGHT: Final = 20_000
"""Messages that Kafka may owe an answer for before more are sent."""
_PATIENCE_SECONDS: Final = 2.0
_logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Target:
    """A topic and how many partitions it has."""

    topic: str
    partitions: int


class Published(msgspec.Struct, frozen=True):
    """Up to where a log is in a topic, with the log's clock by then: microseconds."""

    topic: str
    partitions: int
    log: str
    offset: int
    clock: int


class Publisher:
    """One publisher of one intake log. producer: confluent_kafka's, as `publishing` makes it. path: of what is saved.

    at_once: batches of one step at most. position: offset in the log up to which everything was sent.
    """

    def __init__(
        self, log: IntakeLog, book: IdentityBook, producer: Any, target: Target, path: Path, at_once: int = AT_ONCE
    ) -> None:  # fmt: skip
        self._log, self._book, self._producer, self._target, self._path = log, book, producer, target, path
        self._at_once = at_once
        saved = _saved(path, log, target)
        self.position, self._clock = saved.offset, saved.clock
        self._kept_from = self.position
        self._told_at = 0
        self._caught_up = False
        self._lost: str | None = None
        log.commit(CONSUMER, self.position)

    def step(self, now: int) -> int:
        """Sends what has come, a bounded number of batches; returns how many. now: microseconds, UTC.

        Raises TryAgain when Kafka has refused a message for good: end the process and begin anew.
        """
        self._producer.poll(0)
        self._check()
        if len(self._producer) > _IN_FLIGHT:
            self._producer.poll(0.1)
            return 0
        batches = self._log.read(self.position, self._at_once)
        identity = self._log.identity
        for offset, data in batches:
            self._send(Place(identity, offset, 0), data)
        self._caught_up = not batches
        if now - self._told_at >= TICK:
            self.checkpoint(now)
        return len(batches)

    def checkpoint(self, now: int) -> bool:
        """When Kafka has everything that was sent: saves the place, then tells the time. False: not yet."""
        waiting = self._producer.flush(_PATIENCE_SECONDS)
        self._check()
        self._told_at = now
        if waiting:
            _logger.warning("kafka_waits", messages=waiting, topic=self._target.topic)
            return False
        if self._caught_up:
            self._clock = max(self._clock, now - ON_ITS_WAY)
        self._book.flush()
        self._save()
        self._log.commit(CONSUMER, self.position)
        self.tell(now)
        self._kept_from = self.position
        for partition in range(self._target.partitions):
            self._produce(partition, NOTHING, clock_header(self._clock))
        return True

    def tell(self, now: int, *, ended: bool = False) -> None:
        """Says for the console that the log is read for the rules, or that this stops."""
        with suppress(LogFull):  # the console's loss, not the customers'
            beat(self._log, "triggers", now, ended=ended, position=self.position, topic=self._target.topic)

    def _send(self, place: Place, data: bytes) -> None:
        taken = decode(data)
        self._book.apply(taken.changes, place.offset, self._kept_from)
        named = self._book.named([self._timed(event) for event in taken.events], place.offset)
        for partition, part, value in packed(named, self._target.partitions):
            self._produce(partition, value, log_header(place._replace(part=part)))
        self.position = place.offset

    def _timed(self, event: TrackedEvent) -> TrackedEvent:
        """The event, received when the log's clock says; the clock goes on with it."""
        if event.received_at >= self._clock:
            self._clock = event.received_at
            return event
        return msgspec.structs.replace(event, received_at=self._clock)

    def _produce(self, partition: int, value: bytes, header: tuple[str, bytes]) -> None:
        while True:
            try:
                self._producer.produce(
                    self._target.topic, value, partition=partition, headers=[header], on_delivery=self._delivered
                )
                return
            except BufferError:  # Kafka is slower than the log: what is in flight first
                self._producer.poll(0.5)

    def _delivered(self, error: Any, _message: Any) -> None:
        if error is not None and self._lost is None:
            self._lost = str(error)

    def _check(self) -> None:
        if self._lost is not None:
            raise TryAgain(
                f"Kafka does not take what was sent to '{self._target.topic}': {self._lost}",
                state="the log keeps everything that Kafka did not confirm",
                then="see the message; liuke publish goes on from there when it is started again",
            )

    def _save(self) -> None:
        mark = Published(self._target.topic, self._target.partitions, self._log.identity, self.position, self._clock)
        with whole_file(self._path) as file:
            file.write(msgspec.json.encode(mark))


def _saved(path: Path, log: IntakeLog, target: Target) -> Published:
    """Where to go on: in a topic that never had this log, after what the worker on the log itself has done."""
    begun = max(log.committed(CONSUMER), (log.first or 1) - 1)
    fresh = Published(target.topic, target.partitions, log.identity, begun, 0)
    if not path.exists():
        return fresh
    try:
        saved = msgspec.json.decode(path.read_bytes(), type=Published)
    except msgspec.DecodeError as error:
        raise YourMistake(
            "what says how far the log was published is damaged",
            place=Where(str(path)),
            state="nothing was sent",
            then="remove it: the log is published again from what it still holds, and what is known is passed over",
        ) from error
    if saved.topic == target.topic and saved.partitions != target.partitions:
        raise YourMistake(
            f"the topic '{target.topic}' has {target.partitions} partitions, it was begun with {saved.partitions}",
            state="nothing was sent; customers are spread over partitions by their number",
            then="name a new topic in `stream` of collect.yaml; its state begins with what the lake remembers",
        )
    return saved if (saved.topic, saved.log) == (target.topic, log.identity) else fresh


__all__ = ["Published", "Publisher", "Target"]
