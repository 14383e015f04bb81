"""Members of a consumer group on librdkafka's mock cluster, joining, leaving and dying: the same as one worker."""

from __future__ import annotations

import os
import random
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from liuke.act.triggers import Core, RuleSet
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import KafkaStream
from liuke.errors import TryAgain
from liuke.state.actions.hold_partition import Fenced
from liuke.state.models import StreamPartition
from liuke.streaming.acting import Acting
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.log_reader import ON_ITS_WAY
from liuke.streaming.partitioned.broker import made as client_of
from liuke.streaming.partitioned.member import Member
from liuke.streaming.partitioned.partition import PartitionWorker
from liuke.streaming.partitioned.publisher import Publisher, Target
from liuke.streaming.partitioned.publishing import EXACT
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

pytest.importorskip("confluent_kafka", reason="the Kafka client is not installed: extra kafka")
from tests.kafka_cluster import Cluster

pytestmark = pytest.mark.django_db
ROUNDS = int(os.environ.get("LIUKE_KILLS", "1"))
"""LIUKE_KILLS=30 for the long form."""
QUICK = {
    "session.timeout.ms": "1300", "heartbeat.interval.ms": "50", "max.poll.interval.ms": "1400",
    "fetch.wait.max.ms": "20", "topic.metadata.refresh.interval.ms": "1000", "log_level": "2",
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster()


class Group:
    """A topic of its own, its publisher, members at work, and what killed ones may still try."""

    def __init__(self, cluster: Cluster, rules: RuleSet, partitions: int, log: IntakeLog, folder: Path) -> None:
        topic = f"t{uuid4().hex[:8]}"
        cluster.make(topic, partitions)
        self.settings = KafkaStream(brokers=cluster.brokers, topic=topic, options=QUICK)
        self.rules, self.folder, self.partitions, self.log = rules, folder, partitions, log
        self.book = IdentityBook(folder / "book")
        self.publisher = self.begun()
        self.members: list[Member] = []
        self.zombies: list[PartitionWorker] = []

    def begun(self) -> Publisher:
        producer = client_of("Producer", self.settings, EXACT)
        target = Target(self.settings.topic, self.partitions)
        return Publisher(self.log, self.book, producer, target, self.folder / "published.json", at_once=6)

    def join(self) -> None:
        acting = Acting(Everybody(), terms(self.rules), Shares(0))
        self.members.append(
            Member(self.settings, self.rules, acting, self.core, self.folder / "snapshots", f"m{len(self.members)}")
        )

    def core(self, path: Path | None, rules: RuleSet) -> Core:
        return Core.load(path, rules, room_gb=0.01) if path else Core.start(rules, ZONE, room_gb=0.01)

    def work(self, seconds: float) -> None:
        """Each member in turn; a member in trouble tries again, as its loop would."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for member in self.members:
                with suppress(TryAgain):
                    member.step()

    def kill(self, member: Member) -> None:
        """Nothing more is saved; what it was about to do it may still try."""
        self.zombies += member.workers.values()
        member.workers.clear()
        member.close()

    def finish(self) -> None:
        """Until every message has been taken by somebody and everything found is stored."""
        ends = self._ends()
        for _ in range(300):
            self.work(0.1)
            at = {n: w.next or 0 for m in self.members for n, w in m.workers.items()}
            if at == ends:
                return
        raise AssertionError(f"{at} of {ends}")

    def _ends(self) -> dict[int, int]:
        import confluent_kafka as kafka

        asked = client_of("Consumer", self.settings, {"group.id": "asks"})
        found = {
            n: asked.get_watermark_offsets(kafka.TopicPartition(self.settings.topic, n), timeout=10)[1]
            for n in range(self.partitions)
        }
        asked.close()
        return found

    def close(self) -> None:
        for member in self.members:
            member.close()
        self.book.close()


def disturb(group: Group, what: str, n: int) -> None:
    if what == "join" and len(group.members) < 3:
        group.join()
    elif what == "leave" and len(group.members) > 1:
        group.members.pop(n % len(group.members)).close()
    elif what == "kill" and len(group.members) > 1:
        group.kill(group.members.pop(n % len(group.members)))
    elif what == "save":
        with suppress(TryAgain):
            group.members[n % len(group.members)].checkpoint()
    elif what == "publisher dies":
        group.publisher = group.begun()


@settings(
    max_examples=ROUNDS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=ROUNDS < 5,
    phases=[Phase.generate],
)
@given(three_rules, st.integers(0, 2**32))
def test_members_that_join_leave_and_die_come_to_what_one_worker_comes_to(
    db: Any, cluster: Cluster, made: Any, seed: int
) -> None:
    dice = random.Random(seed)
    batches, partitions = random_log(dice), dice.randint(4, 8)
    rules, end = together(made), the_end(batches)
    with tempfile.TemporaryDirectory() as one, intake_log(Path(one), batches) as log:
        wanted = by_one_worker(log, rules, end, Path(one))
    forget()
    with (
        tempfile.TemporaryDirectory() as several,
        intake_log(Path(several), batches) as log,
        closing(Group(cluster, rules, partitions, log, Path(several))) as group,
    ):
        group.join()
        group.join()
        for what in ("join", "kill", "save", "publisher dies", "leave", "join"):
            group.publisher.step(0)
            group.publisher.checkpoint(0)
            group.work(dice.random() * 0.7)
            disturb(group, what, dice.randint(0, 9))
        while group.publisher.step(0):
            pass
        assert group.publisher.checkpoint(end + ON_ITS_WAY)
        assert group.publisher._producer.flush(10) == 0  # the last telling of the time
        group.finish()
        assert outcome() == wanted
        for zombie in group.zombies:
            with suppress(Fenced):
                zombie.settle(end)
                zombie.checkpoint(end)
        assert outcome() == wanted
        assert StreamPartition.objects.count() == partitions
