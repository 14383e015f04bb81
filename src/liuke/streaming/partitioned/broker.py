"""Kafka's client, and what a topic is like; every failure as a message that says what to do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from liuke.collect.tracking.settings import FILE, CollectSettings, KafkaStream
from liuke.errors import Place, TryAgain, YourMistake

_ANSWER_SECONDS: Final = 10.0
_LEAVE_SECONDS: Final = 10.0
_QUIET_SECONDS: Final = 0.1
_WHERE: Final = Place(FILE, column="stream.kafka")


def kafka_of(settings: CollectSettings) -> KafkaStream:
    """The topic that the settings name. Raises YourMistake when they name none."""
    if settings.stream.kafka is None:
        raise YourMistake(
            "the trigger rules read the intake log itself; there is no topic to publish to",
            place=_WHERE,
            state="nothing was started",
            then="write `stream: {kafka: {brokers: host:9092, topic: liuke-events}}` into collect.yaml, or do without",
        )
    return settings.stream.kafka


def client() -> ModuleType:
    """confluent_kafka. Raises YourMistake where it is not installed."""
    try:
        import confluent_kafka
    except ImportError as error:
        raise YourMistake(
            "collect.yaml lets the stream go through Kafka, but the Kafka client is not installed",
            place=_WHERE,
            then="pip install 'liuke[kafka]'   # or take `stream` out of collect.yaml",
        ) from error
    return confluent_kafka


def made(kind: str, settings: KafkaStream, options: Mapping[str, Any]) -> Any:
    """A `Producer` or `Consumer` of the settings. options: what must be so, before the settings' own.

    Raises YourMistake for options that librdkafka does not know.
    """
    kafka = client()
    try:
        return getattr(kafka, kind)({**settings.options, "bootstrap.servers": settings.brokers, **options})
    except kafka.KafkaException as error:
        raise YourMistake(
            f"Kafka's client cannot be set up: {_said(error)}",
            place=_WHERE,
            state="nothing was started",
            then="mend `options`: the names and values of librdkafka",
        ) from error


def partitions_of(asked: Any, settings: KafkaStream) -> int:
    """How many partitions the topic has. asked: a producer or consumer. Raises YourMistake when there is no topic."""
    kafka = client()
    try:  # all topics: asking for one by name would make it, with as many partitions as the broker likes
        topic = asked.list_topics(timeout=_ANSWER_SECONDS).topics.get(settings.topic)
    except kafka.KafkaException as error:
        raise TryAgain(
            f"no Kafka broker answers at {settings.brokers}: {_said(error)}",
            place=_WHERE,
            state="nothing was started",
            then="start the brokers, or mend `brokers` and `options`",
        ) from error
    if topic is None or topic.error is not None or not topic.partitions:
        raise YourMistake(
            f"Kafka has no topic '{settings.topic}'",
            place=_WHERE,
            state="nothing was started",
            then=f"kafka-topics.sh --bootstrap-server {settings.brokers.split(',')[0]} --create"
            f" --topic {settings.topic} --partitions 12   # as many as stream workers at most; the number stays",
        )
    return len(topic.partitions)


def leave(consumer: Any) -> None:
    """Gives its partitions back and closes it; callbacks come as while polling.

    Closed in the midst of a rebalance librdkafka can wait for ever (its issues 4884, 4527); with nothing assigned and
    nothing left to call back it does not.
    """
    consumer.unsubscribe()
    until = time.monotonic() + _LEAVE_SECONDS
    while (consumer.poll(_QUIET_SECONDS) is not None or consumer.assignment()) and time.monotonic() < until:
        pass
    consumer.close()


def _said(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__


__all__ = ["client", "kafka_of", "leave", "made", "partitions_of"]
