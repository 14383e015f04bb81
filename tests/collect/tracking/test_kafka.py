"""The Kafka source against librdkafka's own mock cluster."""

import json
import threading
import time
from zoneinfo import ZoneInfo

import pytest

from liuke.collect.tracking.event import decode
from liuke.collect.tracking.log import IntakeLog, LogFull
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.settings import CollectSettings

pytest.importorskip("confluent_kafka", reason="the Kafka client is not installed: extra kafka")
from confluent_kafka import Producer

from tests.kafka_cluster import Cluster


@pytest.fixture(scope="module")
def cluster():
    """A producer, and the addresses of its three brokers; nobody waits three seconds for further members."""
    brokers = Cluster(3).brokers
    return Producer({"bootstrap.servers": brokers}), brokers


@pytest.fixture
def log(tmp_path):
    made = IntakeLog(tmp_path / "intake", writing=True)
    yield made
    made.close()


def source(brokers: str, topic: str, append, group: str = "liuke"):
    from liuke.collect.tracking.kafka import KafkaSource

    settings = CollectSettings.model_validate(
        {"projects": [{"name": "core", "keys": ["k"]}],
         "kafka": {"brokers": brokers, "topics": [topic], "project": "core", "group": group,
                   "options": {"session.timeout.ms": "6000", "topic.metadata.refresh.interval.ms": "500"}}}
    )  # fmt: skip
    return KafkaSource(settings.kafka, Desk(settings, ZoneInfo("Asia/Shanghai")), append)


def produce(producer, topic: str, first: int, last: int) -> None:
    for n in range(first, last):
        value = json.dumps({"name": "transfer", "customer_id": f"C{n % 7}", "properties": {"n": n}})
        producer.produce(topic, value.encode(), key=f"C{n % 7}".encode())
    assert producer.flush(10) == 0


def numbers(log: IntakeLog) -> list[int]:
    return [e.properties["n"] for _o, data in log.read(0, 100_000) for e in decode(data).events]


def wait_for(condition) -> None:
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_events_arrive_once_also_after_a_crash_before_the_commit(cluster, log):
    producer, brokers = cluster
    produce(producer, "crash", 0, 200)
    first = source(brokers, "crash", log.append)
    first._commit = lambda: None  # the process dies between disk and Kafka: nothing of this round is committed there
    first.start()
    wait_for(lambda: len(numbers(log)) >= 200)
    first.stop()
    produce(producer, "crash", 200, 260)
    second = source(brokers, "crash", log.append)
    second.start()
    wait_for(lambda: len(numbers(log)) >= 260)
    second.stop()
    assert sorted(numbers(log)) == list(range(260))


def test_what_was_committed_is_not_read_again(cluster, log):
    producer, brokers = cluster
    produce(producer, "done", 0, 50)
    first = source(brokers, "done", log.append)
    first.start()
    wait_for(lambda: first.events >= 50)
    first.stop()
    seen = []
    second = source(brokers, "done", lambda taken, now: seen.append(taken) or log.append(taken, now))
    second.start()
    produce(producer, "done", 50, 60)
    wait_for(lambda: second.events >= 10)
    second.stop()
    assert sum(len(taken.events) for taken in seen) == 10
    assert sorted(numbers(log)) == list(range(60))


def test_a_full_log_makes_it_wait_and_loses_nothing(cluster, log):
    producer, brokers = cluster
    produce(producer, "full", 0, 30)
    free, tried = threading.Event(), []

    def append(taken, now):
        tried.append(len(taken.events))
        if not free.is_set():
            raise LogFull("full", folder=log.folder, then="", retry_after=0)
        return log.append(taken, now)

    reader = source(brokers, "full", append)
    reader.start()
    wait_for(lambda: len(tried) > 3)
    assert numbers(log) == []
    free.set()
    wait_for(lambda: len(numbers(log)) >= 30)
    reader.stop()
    assert sorted(numbers(log)) == list(range(30))


def test_a_failure_that_nobody_foresaw_passes_over_nothing(cluster, log):
    producer, brokers = cluster
    produce(producer, "failing", 0, 40)
    failures = iter([RuntimeError("once")])

    def append(taken, now):
        for failure in failures:
            raise failure
        return log.append(taken, now)

    reader = source(brokers, "failing", append)
    reader.start()
    wait_for(lambda: len(numbers(log)) >= 40)
    reader.stop()
    assert sorted(numbers(log)) == list(range(40))


def test_a_bad_message_is_quarantined_with_its_place(cluster, log):
    producer, brokers = cluster
    producer.produce("bad", b'{"name": "a", "customer_id": "C1", "properties": {"n": 1}}\n{broken')
    producer.flush(10)
    reader = source(brokers, "bad", log.append)
    reader.start()
    wait_for(lambda: log.last >= 1)
    reader.stop()
    [data] = [data for _o, data in log.read(0)]
    taken = decode(data)
    assert [e.source for e in taken.events] == ["kafka:core"]
    [rejected] = taken.rejected
    assert (rejected.rule, rejected.line, rejected.text) == ("json", 2, "{broken")
    assert rejected.place.startswith("bad/")


def test_two_members_share_a_topic_and_one_that_leaves_loses_nothing(cluster, log):
    producer, brokers = cluster
    produce(producer, "shared", 0, 100)
    members = [source(brokers, "shared", log.append) for _ in range(2)]
    for member in members:
        member.start()
    wait_for(lambda: len(numbers(log)) >= 100)
    members[0].stop()
    produce(producer, "shared", 100, 200)
    wait_for(lambda: len(numbers(log)) >= 200)
    members[1].stop()
    assert sorted(numbers(log)) == list(range(200))
