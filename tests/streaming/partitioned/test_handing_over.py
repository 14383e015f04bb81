"""Partitions that change hands at random points, without a broker: the same as one worker on the log itself."""

from __future__ import annotations

import os
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from liuke.act.triggers import Core
from liuke.collect.tracking.log import IntakeLog
from liuke.state.actions.hold_partition import Fenced, claim_partition
from liuke.streaming.acting import Acting
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.log_reader import ON_ITS_WAY
from liuke.streaming.partitioned.messages import Message, read
from liuke.streaming.partitioned.partition import PartitionWorker, open_partition
from liuke.streaming.partitioned.publisher import Publisher, Target
from liuke.streaming.shares import Shares
from tests.act.triggers.stories import ZONE
from tests.streaming.partitioned.random_logs import (
    Everybody,
    by_one_worker,
    forget,
    intake_log,
    outcome,
    random_log,
    terms,
    the_end,
    three_rules,
    together,
)

PARTITIONS = 5
pytestmark = pytest.mark.django_db


class Topic:
    """A topic in memory, and its producer."""

    def __init__(self) -> None:
        self.partitions: list[list[Message]] = [[] for _ in range(PARTITIONS)]

    def produce(self, _topic: str, value: bytes, partition: int, headers: Any, on_delivery: Any) -> None:
        place = self.partitions[partition]
        place.append(read(len(place), value, headers))
        on_delivery(None, None)

    def poll(self, _seconds: float) -> int:
        return 0

    def flush(self, _seconds: float) -> int:
        return 0

    def __len__(self) -> int:
        return 0


class Group:
    """Partitions, their owners, and owners that do not know yet that they are none."""

    def __init__(self, log: IntakeLog, made: list[Any], folder: Path) -> None:
        self.rules, self.folder, self.log = together(made), folder, log
        self.acting = Acting(Everybody(), terms(self.rules), Shares())
        self.topic, self.book = Topic(), IdentityBook(folder / "published")
        self.publisher = self.begun()
        self.owners = [self.opened(n) for n in range(PARTITIONS)]
        self.zombies: list[PartitionWorker] = []
        self.fenced = 0

    def begun(self) -> Publisher:
        return Publisher(
            self.log, self.book, self.topic, Target("t", PARTITIONS), self.folder / "published.json", at_once=2
        )

    def opened(self, number: int) -> PartitionWorker:
        claim = claim_partition("g", "t", number, partitions=PARTITIONS, owner="me", now=datetime.now(UTC))
        return open_partition(claim, self.core, self.acting, self.folder / "snapshots")

    def core(self, path: Path | None) -> Core:
        return Core.load(path, self.rules, room_gb=0.01) if path else Core.start(self.rules, ZONE, room_gb=0.01)

    def take(self, worker: PartitionWorker, most: int, now: int) -> None:
        messages = self.topic.partitions[worker.claim.number]
        after = worker.next or 0
        worker.take(messages[max(0, after - 1) : after + most])  # the last one again, as a broker may
        worker.settle(now)

    def zombie_works(self, worker: PartitionWorker, now: int) -> None:
        """Whatever an old owner does after somebody else has claimed, nothing of it is stored."""
        before = outcome()
        try:
            self.take(worker, 50, now)
            worker.checkpoint(now)
        except Fenced:
            self.fenced += 1
        assert outcome() == before


def act(group: Group, what: str, n: int, most: int, end: int) -> None:
    worker = group.owners[n]
    if what == "publish":
        group.publisher.step(0)
    elif what == "told":
        group.publisher.checkpoint(0)
    elif what == "publisher dies":
        group.publisher = group.begun()
    elif what == "take":
        group.take(worker, most, end)
    elif what == "save":
        worker.checkpoint(end)
    elif what == "hand over":
        worker.checkpoint(end)
        group.owners[n] = group.opened(n)
    elif what == "killed":
        group.zombies.append(worker)
        group.owners[n] = group.opened(n)
    elif what == "zombie" and group.zombies:
        group.zombie_works(group.zombies[n % len(group.zombies)], end)


DEEDS = ("publish",) * 3 + ("take",) * 5 + ("save", "save", "hand over", "killed", "zombie", "told", "publisher dies")


@settings(
    max_examples=int(os.environ.get("LIUKE_EXAMPLES", "8")), deadline=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
@given(three_rules, st.integers(0, 2**32))
def test_whoever_has_the_partitions_and_loses_them_the_outcome_is_that_of_one_worker(db, made, seed):
    dice = random.Random(seed)
    batches = random_log(dice)
    end = the_end(batches)
    with tempfile.TemporaryDirectory() as one, intake_log(Path(one), batches) as log:
        wanted = by_one_worker(log, together(made), end, Path(one))
    forget()
    with tempfile.TemporaryDirectory() as several, intake_log(Path(several), batches) as log:
        group = Group(log, made, Path(several))
        for _ in range(dice.randint(40, 120)):
            act(group, dice.choice(DEEDS), dice.randrange(PARTITIONS), dice.randint(1, 6), end)
        while group.publisher.step(0):
            pass
        group.publisher.checkpoint(end + ON_ITS_WAY)
        for worker in group.owners:
            group.take(worker, 100_000, end)
        for zombie in group.zombies:
            group.zombie_works(zombie, end)
        group.book.close()
        assert outcome() == wanted
