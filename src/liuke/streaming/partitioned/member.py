"""One member of the consumer group: takes partitions when they are assigned, works on them, gives them back saved.

    assigned   claim (epoch + 1) → snapshot in force → go on from its offset; without one, its customers' past first
    revoked    store what was found, save, let go; the next owner finds it
    lost       let go; whatever was not saved is the next owner's to do again

The group's own committed offsets are told for tools that show lag, and the rows' `read` and `end` for the console; the
offset that counts lies in the snapshot. After any trouble the member leaves the group and joins anew, which opens its
partitions from their snapshots.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog

from liuke.act.triggers import Core, RuleSet
from liuke.collect.tracking.settings import KafkaStream
from liuke.errors import LiukeError, YourMistake
from liuke.state.actions.hold_partition import Fenced, claim_partition, tell_progress
from liuke.streaming.acting import Acting
from liuke.streaming.deciding import Terms
from liuke.streaming.partitioned.broker import client, leave, made, partitions_of
from liuke.streaming.partitioned.messages import Message, read
from liuke.streaming.partitioned.partition import PartitionWorker, Past, open_partition

CoreOf: TypeAlias = Callable[[Path | None, RuleSet], Core]
"""The core of a snapshot under the rules, or an empty one."""
PastOf: TypeAlias = Callable[[int], Past]
"""What partitions without a state are told, of a topic with so many partitions."""
_MOST: Final = 2_000
"""Messages of one step at most: a transaction of the state database stays short."""
_WAIT_SECONDS: Final = 0.05
_logger = structlog.get_logger()


def now() -> int:
    """Microseconds since the epoch, UTC."""
    return time.time_ns() // 1000


class Member:
    """owner: this process, for people to read. folder: of the topic's snapshots, the same for every member."""

    def __init__(
        self, settings: KafkaStream, rules: RuleSet, acting: Acting, core_of: CoreOf, folder: Path, owner: str,
        past_of: PastOf | None = None,
    ) -> None:  # fmt: skip
        self.rules, self._settings, self._acting, self._core_of = rules, settings, acting, core_of
        self._folder, self._owner, self._past_of = folder, owner, past_of
        self.workers: dict[int, PartitionWorker] = {}
        self._inbox: dict[int, list[Message]] = {}
        self._partitions = 0
        self._trouble: Exception | None = None
        self._consumer: Any = self._joined()

    def step(self) -> int:
        """Works on what has come; returns how many messages. After an error call it again.

        Raises TryAgain when the state could not be written, or a partition went to somebody else.
        """
        self._check()
        if self._consumer is None:
            self._consumer = self._joined()
        for worker in list(self.workers.values()):
            self._guarded(partial(worker.settle, now()))
        if not self._inbox:
            self._fetch()
            self._check()
        done = self._remembered()
        for number in list(self._inbox):
            messages = self._inbox.pop(number)
            if owned := self.workers.get(number):
                self._taken(owned, partial(owned.take, messages))
                done += len(messages)
        return done

    def _remembered(self) -> int:
        """Tells one partition that begins a piece of its past; the others go on meanwhile. How many: 1 or 0."""
        for number, worker in self.workers.items():
            if worker.remembers:
                self._taken(worker, worker.remember)
                if not worker.remembers:
                    self._consumer.resume([client().TopicPartition(self._settings.topic, number)])
                return 1
        return 0

    def checkpoint(self) -> None:
        """Saves every partition with its offset. Raises as `step` does."""
        for worker in list(self.workers.values()):
            self._guarded(partial(worker.checkpoint, now()))

    def tell(self) -> None:
        """Says for people and tools how far it is in each partition."""
        kafka, topic = client(), self._settings.topic
        known = [kafka.TopicPartition(topic, n, w.next) for n, w in self.workers.items() if w.next is not None]
        if self._consumer is None:
            return
        try:
            if known:
                self._consumer.commit(offsets=known, asynchronous=True)
            for number, worker in self.workers.items():
                _, end = self._consumer.get_watermark_offsets(kafka.TopicPartition(topic, number), cached=True)
                tell_progress(worker.claim, worker.next, end if end >= 0 else None, now=datetime.now(UTC))
        except kafka.KafkaException as error:
            _logger.debug("lag_not_told", what=str(error))

    def change(self, terms: Terms, rules: RuleSet) -> None:
        """Other rules, policy or calendar from now on; rules of unchanged meaning keep their customers."""
        if rules is not self.rules:
            for worker in self.workers.values():
                worker.core.change(rules)
        self.rules, self._acting.terms = rules, terms

    def carries(self) -> bool:
        """One member brings decisions into the lake: the one that has the first partition."""
        return 0 in self.workers

    def close(self) -> None:
        """Saves, and leaves the group; the next step joins it anew."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            leave(consumer)
        self.workers.clear()
        self._inbox.clear()

    def _joined(self) -> Any:
        consumer = made("Consumer", self._settings, {
            "group.id": self._settings.group, "enable.auto.commit": False, "auto.offset.reset": "error",
            "partition.assignment.strategy": "cooperative-sticky", "log_level": 3,
        })  # fmt: skip
        try:
            self._partitions = partitions_of(consumer, self._settings)
        except LiukeError:
            consumer.close()
            raise
        consumer.subscribe(
            [self._settings.topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        return consumer

    def _check(self) -> None:
        """Raises what happened while Kafka called back, after leaving the group."""
        if self._trouble is not None:
            trouble, self._trouble = self._trouble, None
            self.close()
            raise trouble

    def _guarded(self, work: Callable[[], None]) -> None:
        """A partition that went to somebody else is let go, with all others: they are asked for anew."""
        try:
            work()
        except Fenced:
            self.close()
            raise

    def _taken(self, worker: PartitionWorker, work: Callable[[], None]) -> None:
        began = worker.remembers
        try:
            work()
        except Exception:  # its state is undefined now: from the snapshot again
            self.workers.pop(worker.claim.number, None)
            self.close()
            raise
        self._guarded(partial(worker.settle, now()))
        if worker.remembers and not began:  # what comes meanwhile stays in the topic
            self._consumer.pause([client().TopicPartition(self._settings.topic, worker.claim.number)])

    def _fetch(self) -> None:
        first = self._consumer.poll(_WAIT_SECONDS)
        if first is None:
            return
        for message in (first, *self._consumer.consume(_MOST, 0)):
            if message.error():
                self._told(message)
            else:
                whole = read(message.offset(), message.value(), message.headers())
                self._inbox.setdefault(message.partition(), []).append(whole)

    def _told(self, message: Any) -> None:
        """What Kafka says in place of a message."""
        error, kafka = message.error(), client()
        if error.code() == kafka.KafkaError._AUTO_OFFSET_RESET:
            self._trouble = YourMistake(
                f"the topic does not hold any more what partition {message.partition()} has to read next",
                expected="retention longer than the group was ever stopped",
                state="nothing was passed over",
                then="name a new `group` in `stream` of collect.yaml; its state begins with what the lake remembers",
            )
        else:
            _logger.warning("kafka", what=str(error))

    def _assigned(self, consumer: Any, partitions: Sequence[Any]) -> None:
        for assigned in partitions:
            assigned.offset = client().OFFSET_BEGINNING
            try:
                worker = self._opened(assigned.partition)
            except Exception as error:  # told by the next step; Kafka's client must not see it
                self._trouble = error
            else:
                self.workers[assigned.partition] = worker
                assigned.offset = assigned.offset if worker.next is None else worker.next
        consumer.incremental_assign(partitions)
        if partitions:
            _logger.info("assigned", partitions=sorted(p.partition for p in partitions))

    def _opened(self, number: int) -> PartitionWorker:
        claim = claim_partition(
            self._settings.group, self._settings.topic, number, partitions=self._partitions, owner=self._owner,
            now=datetime.now(UTC),
        )  # fmt: skip
        past = self._past_of(self._partitions) if self._past_of else None
        return open_partition(claim, lambda path: self._core_of(path, self.rules), self._acting, self._folder, past)

    def _revoked(self, _consumer: Any, partitions: Sequence[Any]) -> None:
        for revoked in partitions:
            self._inbox.pop(revoked.partition, None)
            if worker := self.workers.pop(revoked.partition, None):
                try:
                    worker.checkpoint(now())
                except Exception as error:  # the next owner goes on from the snapshot before
                    _logger.warning(
                        "not_saved",
                        partition=revoked.partition,
                        what=(str(error) or type(error).__name__).splitlines()[0],
                    )

    def _lost(self, _consumer: Any, partitions: Sequence[Any]) -> None:
        for lost in partitions:
            self._inbox.pop(lost.partition, None)
            self.workers.pop(lost.partition, None)
        _logger.warning("lost", partitions=sorted(p.partition for p in partitions))


__all__ = ["Member"]
