"""The publisher on librdkafka's mock cluster, and what is said when Kafka is not as it should be."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from liuke.collect.tracking.event import IdentityChange, Taken, TrackedEvent, decode
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import CollectSettings, KafkaStream
from liuke.errors import TryAgain, YourMistake
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.partitioned import broker
from liuke.streaming.partitioned.messages import Message, partition_of, read
from liuke.streaming.partitioned.publisher import Publisher, Target
from liuke.streaming.partitioned.publishing import EXACT

kafka = pytest.importorskip("confluent_kafka", reason="the Kafka client is not installed: extra kafka")
from tests.kafka_cluster import Cluster  # noqa: E402 - needs the client

MINUTE = 60_000_000
START = 1_772_452_800_000_000


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster()


def settings(cluster: Cluster, topic: str, partitions: int = 3) -> KafkaStream:
    cluster.make(topic, partitions)
    return KafkaStream(brokers=cluster.brokers, topic=topic)


def event(number: int, customer: str | None, minute: int, device: str | None = None) -> TrackedEvent:
    moment = START + minute * MINUTE
    return TrackedEvent(f"e{number}", "a", moment, moment, customer, device, "app", None, {}, "plain:app")


def begun(log: IntakeLog, book: IdentityBook, to: KafkaStream, folder: Path, partitions: int = 3) -> Publisher:
    return Publisher(log, book, broker.made("Producer", to, EXACT), Target(to.topic, partitions), folder / "at.json")


def messages(to: KafkaStream, partitions: int = 3) -> list[list[Message]]:
    """What stands in the topic, by partition."""
    consumer = broker.made("Consumer", to, {"group.id": "reads", "enable.partition.eof": True})
    consumer.assign([kafka.TopicPartition(to.topic, n, kafka.OFFSET_BEGINNING) for n in range(partitions)])
    found: list[list[Message]] = [[] for _ in range(partitions)]
    ended = 0
    while ended < partitions:
        message = consumer.poll(10)
        if message.error():
            assert message.error().code() == kafka.KafkaError._PARTITION_EOF
            ended += 1
        else:
            found[message.partition()].append(read(message.offset(), message.value(), message.headers()))
    consumer.close()
    return found


def test_events_come_keyed_by_whom_they_are_and_timed_by_the_logs_clock(cluster, tmp_path):
    to = settings(cluster, "keyed")
    link = IdentityChange("link", "anonymous", "d1", "C1", START, "plain:app")
    batches = [
        Taken([event(1, None, 0, "d1"), event(2, "C2", 5)]),
        Taken([event(3, None, 3, "d1")], [link]),
    ]
    with closing(IntakeLog(tmp_path / "log", writing=True)) as log, closing(IdentityBook(tmp_path / "book")) as book:
        log.append_all(batches, START)
        publisher = begun(log, book, to, tmp_path)
        assert publisher.step(START + 5 * MINUTE) == 2
        publisher.checkpoint(START + 9 * MINUTE)
        assert publisher._producer.flush(10) == 0
    found = {e.event_id: (n, e.customer_id, (e.received_at - START) // MINUTE)
             for n, each in enumerate(messages(to)) for m in each for e in decode(m.value).events}  # fmt: skip
    assert found == {"e2": (partition_of("C2", 3), "C2", 5), "e3": (partition_of("C1", 3), "C1", 5)}


def test_every_partition_is_told_the_time_once_the_log_was_read_to_its_end(cluster, tmp_path):
    to = settings(cluster, "told")
    with closing(IntakeLog(tmp_path / "log", writing=True)) as log, closing(IdentityBook(tmp_path / "book")) as book:
        log.append_all([Taken([event(1, "C1", 0)])], START)
        publisher = begun(log, book, to, tmp_path)
        publisher.step(START + MINUTE)  # there was something: the log's own clock is told
        publisher.step(START + 2 * MINUTE)  # now it is silent: the time of day, less what may be on its way
        assert publisher._producer.flush(10) == 0
    told = [[m.clock - START for m in each if m.clock is not None] for each in messages(to)]
    assert told == [[0, 2 * MINUTE - 5_000_000]] * 3


def test_a_publisher_that_died_sends_again_what_was_not_saved_in_the_same_messages(cluster, tmp_path):
    to = settings(cluster, "again", 2)
    with closing(IntakeLog(tmp_path / "log", writing=True)) as log, closing(IdentityBook(tmp_path / "book")) as book:
        log.append_all([Taken([event(n, f"C{n % 5}", n)]) for n in range(20)], START)
        first = begun(log, book, to, tmp_path, 2)
        first._told_at = START  # dies before it saves
        first.step(START)
        assert first._producer.flush(10) == 0
        second = begun(log, book, to, tmp_path, 2)
        second.step(START)
        second.checkpoint(START)
        assert (second.position, log.committed("triggers")) == (20, 20)
        third = begun(log, book, to, tmp_path, 2)
        assert third.step(START) == 0
    for each in messages(to, 2):
        sent = [(m.place, m.value) for m in each if m.place]
        half = len(sent) // 2
        assert sent[:half] == sent[half:]
        assert sorted(sent[:half]) == sent[:half]


def test_customers_are_where_librdkafkas_own_partitioner_would_put_them(cluster):
    to, went = settings(cluster, "own", 7), {}
    producer = broker.made("Producer", to, {"partitioner": "consistent"})
    for customer in ("C1", "6217000001", "客户2", "x" * 200):
        noted = partial(lambda c, _error, message: went.update({c: message.partition()}), customer)
        producer.produce(to.topic, b"", key=customer.encode(), on_delivery=noted)
    assert producer.flush(10) == 0
    assert went == {customer: partition_of(customer, 7) for customer in went}


def test_a_topic_with_another_number_of_partitions_is_refused(cluster, tmp_path):
    to = settings(cluster, "grown")
    with closing(IntakeLog(tmp_path / "log", writing=True)) as log, closing(IdentityBook(tmp_path / "book")) as book:
        assert begun(log, book, to, tmp_path).checkpoint(START)
        with pytest.raises(YourMistake, match="has 4 partitions, it was begun with 3"):
            begun(log, book, to, tmp_path, 4)
        (tmp_path / "at.json").write_bytes(b"{")
        with pytest.raises(YourMistake, match="damaged"):
            begun(log, book, to, tmp_path)


def test_the_number_of_partitions_is_asked_of_kafka_and_no_topic_is_made(cluster):
    to = settings(cluster, "asked", 7)
    producer = broker.made("Producer", to, EXACT)
    assert broker.partitions_of(producer, to) == 7
    with pytest.raises(YourMistake, match="no topic 'absent'") as told:
        broker.partitions_of(producer, to.model_copy(update={"topic": "absent"}))
    assert "--create --topic absent" in str(told.value)
    assert "absent" not in producer.list_topics(timeout=10).topics


def test_brokers_that_do_not_answer_and_options_that_do_not_exist_are_told(monkeypatch):
    away = KafkaStream(brokers="127.0.0.1:1", options={"log_level": "2"})
    monkeypatch.setattr(broker, "_ANSWER_SECONDS", 0.3)
    with pytest.raises(TryAgain, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        broker.partitions_of(broker.made("Producer", away, {}), away)
    with pytest.raises(YourMistake, match="No such configuration property"):
        broker.made("Consumer", KafkaStream(brokers="b", options={"no.such": "1"}), {"group.id": "g"})


def test_settings_without_a_topic_and_a_topic_in_a_circle_are_refused():
    plain = {"projects": [{"name": "core", "keys": ["k"]}]}
    with pytest.raises(YourMistake, match="there is no topic to publish to"):
        broker.kafka_of(CollectSettings.model_validate(plain))
    circle = {
        "kafka": {"brokers": "b", "topics": ["liuke-events"], "project": "core"},
        "stream": {"kafka": {"brokers": "b"}},
    }
    with pytest.raises(ValueError, match="'liuke-events' is also a source"):
        CollectSettings.model_validate(plain | circle)
