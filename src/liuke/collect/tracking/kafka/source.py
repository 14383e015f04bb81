"""A consumer group's share of topics → the intake log; offsets are committed after the events are on disk.

A message's value is one event as on /v1/events, or several, one a line. An event without an id gets one from its
message's topic, partition, offset and line, so that a message delivered again after a crash or a rebalance is known.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog

from liuke.collect.tracking.event import Taken
from liuke.collect.tracking.gathering import Gathering
from liuke.collect.tracking.log import LogFull, Stored
from liuke.collect.tracking.plain.endpoint import take_raw
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.settings import KafkaSettings
from liuke.errors import TryAgain, YourMistake

_MOST: Final = 500
_WAIT_SECONDS: Final = 0.2
_PAUSE_SECONDS: Final = 2.0
_logger = structlog.get_logger()
Append = Callable[[Taken, int], Stored]


class KafkaSource(threading.Thread):
    """Runs until stopped. append: IntakeLog.append; a full log makes it wait, and Kafka keeps what follows."""

    def __init__(self, settings: KafkaSettings, desk: Desk, append: Append) -> None:
        super().__init__(name="liuke-kafka", daemon=True)
        project = next(p for p in desk.settings.projects if p.name == settings.project)
        self._sender = desk.sender("kafka", project.keys[0])
        self._append, self._topics, self._settings = append, settings.topics, settings
        self._stopping = threading.Event()
        self._consumer = _consumer(settings)
        self.events = 0

    def stop(self) -> None:
        """Finishes the messages in hand, commits, and leaves the group."""
        self._stopping.set()
        self.join(30)

    def run(self) -> None:
        """The loop of the thread. After a failure it joins anew, from what was committed: nothing is passed over."""
        while not self._stopping.is_set():
            self._consumer.subscribe(list(self._topics))
            try:
                while not self._stopping.is_set():
                    self._step()
            except Exception as error:
                _logger.error("kafka_failed", kind=type(error).__name__)
                self._stopping.wait(_PAUSE_SECONDS)
            finally:
                self._consumer.close()
            if not self._stopping.is_set():
                self._consumer = _consumer(self._settings)

    def _step(self) -> None:
        messages = self._consumer.consume(_MOST, _WAIT_SECONDS)
        for message in messages:
            if message.error():
                _logger.warning("kafka", what=str(message.error()))
        whole = [m for m in messages if not m.error()]
        if whole and self._stored(self._read(whole)):
            self._commit()

    def _read(self, messages: Sequence[Any]) -> Gathering:
        received = time.time_ns() // 1000
        to = Gathering(self._sender, "kafka", received, max(len(m.value() or b"") for m in messages))
        for message in messages:
            to.place = f"{message.topic()}/{message.partition()}/{message.offset()}"
            for line, raw in enumerate((message.value() or b"").splitlines(), 1):
                if raw.strip():
                    take_raw(raw, line, to, own=f"{to.place}/{line}".encode())
        return to

    def _stored(self, to: Gathering) -> bool:
        """False when told to stop while the log is full: the messages will come again."""
        while True:
            try:
                self.events += self._append(to.taken, time.time_ns() // 1000).events
                return True
            except LogFull as error:
                _logger.warning("kafka_waits", what=error.what)
                if self._stopping.wait(error.retry_after):
                    return False

    def _commit(self) -> None:
        from confluent_kafka import KafkaException

        try:
            self._consumer.commit(asynchronous=False)
        except KafkaException as error:  # another member has the partitions now: it gets the messages again
            _logger.warning("kafka_commit", what=str(error))


def _consumer(settings: KafkaSettings) -> Any:
    try:
        from confluent_kafka import Consumer, KafkaException
    except ImportError as error:
        raise YourMistake(
            "collect.yaml names a Kafka source, but the Kafka client is not installed",
            then="pip install 'liuke[kafka]'   # or take `kafka` out of collect.yaml",
        ) from error
    options = {
        "auto.offset.reset": "earliest", **settings.options, "bootstrap.servers": settings.brokers,
        "group.id": settings.group, "enable.auto.commit": False,
    }  # fmt: skip
    try:
        return Consumer(options)
    except KafkaException as error:
        raise TryAgain(f"the Kafka source cannot be set up: {error}", then="see `kafka` in collect.yaml") from error


__all__ = ["KafkaSource"]
