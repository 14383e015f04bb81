"""Partitions that begin without a state remember the bank's past, each that of its own customers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from liuke.act.triggers import Core, Event, RuleSet, rule_set
from liuke.act.triggers.catalogue import SHIPPED
from liuke.clock import AsOf
from liuke.collect.tracking.event import Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import KafkaStream
from liuke.errors import TryAgain
from liuke.state.models import TriggerMatch
from liuke.streaming.acting import Acting
from liuke.streaming.core.feed import LATENESS
from liuke.streaming.core.sight import past_sight
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.log_reader import ON_ITS_WAY
from liuke.streaming.partitioned.messages import partition_of
from liuke.streaming.partitioned.running import past_of
from liuke.streaming.partitioned.theirs import customers_of
from liuke.streaming.shares import Shares
from tests.act.triggers.stories import shipped
from tests.streaming.core.conftest import nights as nights  # noqa: PLC0414 - a fixture
from tests.streaming.core.nights import ZONE, Nights, at, micros
from tests.streaming.partitioned.random_logs import Everybody, terms
from tests.streaming.test_remembering import collected, search

pytest.importorskip("confluent_kafka", reason="the Kafka client is not installed: extra kafka")
from liuke.streaming.partitioned.broker import made as client_of
from liuke.streaming.partitioned.member import Member
from liuke.streaming.partitioned.publisher import Publisher, Target
from liuke.streaming.partitioned.publishing import EXACT
from tests.kafka_cluster import Cluster

pytestmark = pytest.mark.django_db
PARTITIONS = 3
BEGIN = at(101, "06:00")
"""When the log begins, and with it the topic."""


def tracked(event: Event) -> TrackedEvent:
    return TrackedEvent(
        event.event_id, event.name, event.occurred_at, event.received_at, event.customer_id, None, "app", None,
        dict(event.properties), "plain:app",
    )  # fmt: skip


def published(log: IntakeLog, settings: KafkaStream, folder: Path) -> None:
    """The whole log in the topic, and then the time."""
    with closing(IdentityBook(folder / "book")) as book:
        producer = client_of("Producer", settings, EXACT)
        publisher = Publisher(log, book, producer, Target(settings.topic, PARTITIONS), folder / "published.json")
        while publisher.step(0):
            pass
        assert publisher.checkpoint(micros(at(102)) + ON_ITS_WAY)
        assert producer.flush(10) == 0


def worked(member: Member, seconds: float = 120) -> None:
    """Until the member has taken every message of every partition."""
    until = time.monotonic() + seconds
    while len(member.workers) < PARTITIONS or any(w.core.clock != micros(at(102)) for w in member.workers.values()):
        assert time.monotonic() < until, {n: (w.next, w.remembers) for n, w in member.workers.items()}
        with suppress(TryAgain):
            member.step()


def empty(_path: Path | None, rules: RuleSet) -> Core:
    return Core.start(rules, ZONE, lateness=LATENESS // timedelta(microseconds=1), room_gb=0.05)


@pytest.fixture
def member(nights: Nights, tmp_path: Path) -> Iterator[Member]:
    """One member of a group that reads what was in the log on the 101st day; the lake is the fixture's."""
    nights.found(at(0))
    cluster = Cluster()
    cluster.make("events", PARTITIONS)
    settings = KafkaStream(
        brokers=cluster.brokers, topic="events", options={"fetch.wait.max.ms": "20", "log_level": "2"}
    )
    made = rule_set([shipped("prepay_search")], SHIPPED)
    acting = Acting(Everybody(), terms(made), Shares(0))
    past = partial(past_of, nights.lake, nights.engine, ZONE)
    with closing(Member(settings, made, acting, empty, tmp_path / "snapshots", "me", past)) as joined:
        yield joined


def test_members_go_on_from_what_the_lake_knew_when_the_log_began(nights, member, tmp_path):
    people = [f"C{n}" for n in range(2, 10)]
    assert {partition_of(c, PARTITIONS) for c in people} == set(range(PARTITIONS))
    before = [search(f"{c}-{n}", at(100, f"09:0{n}"), c) for c in people for n in range(2)]
    collected(nights, before, at(100, "10:00"))
    matched = [search(f"D2-{n}", at(100, f"09:0{n}"), "D2") for n in range(3)]
    collected(nights, matched, at(100, "10:01"))
    unknown = [search(f"E2-{n}", at(101, f"05:0{n}"), "E2") for n in range(3)]
    collected(nights, unknown, at(101, "06:30"))
    coming = [*unknown, *(search(f"{c}-9", at(101, "09:00"), c) for c in people),
              *(search(f"D2-{n}", at(101, f"09:1{n}"), "D2") for n in (7, 8, 9))]  # fmt: skip
    arrived = [Event(e.event_id, e.name, e.occurred_at, max(e.received_at, micros(BEGIN)), e.customer_id, e.properties,
                     e.channel) for e in coming]  # fmt: skip
    with closing(IntakeLog(tmp_path / "collected", writing=True)) as log:
        log.append_all([Taken([tracked(e)], [], []) for e in arrived], micros(BEGIN))
        published(log, member._settings, tmp_path)
    worked(member)
    found = dict(TriggerMatch.objects.values_list("customer_id", "evidence"))
    wanted = {c: [f"{c}-0", f"{c}-1", f"{c}-9"] for c in people} | {"E2": ["E2-0", "E2-1", "E2-2"]}
    assert found == wanted


def test_each_partition_is_told_of_its_own_customers_only(nights):
    nights.found(at(0))
    collected(nights, [search(f"x{n}", at(100, "09:00"), f"某{n}") for n in range(9)], at(100, "10:00"))
    sight = past_sight(nights.lake, nights.engine, AsOf(BEGIN.date(), BEGIN), ZONE)
    shares = [
        set(nights.engine.arrow(customers_of(nights.engine, sight.tables, n, 2))["customer_id"].to_pylist())
        for n in range(2)
    ]
    assert shares[0].isdisjoint(shares[1])
    assert shares[0] | shares[1] == {"C1", "C2", *(f"某{n}" for n in range(9))}
    assert all(partition_of(c, 2) == n for n in range(2) for c in shares[n])
