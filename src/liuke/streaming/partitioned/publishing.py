"""Runs the publisher of a bank home until it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from liuke.collect.tracking.settings import read_collect
from liuke.streaming.log_reader import NAP_SECONDS, folder_of, log_and_book
from liuke.streaming.partitioned.broker import kafka_of, made, partitions_of
from liuke.streaming.partitioned.publisher import Publisher, Target
from liuke.wiring import House

EXACT: Final = {
    "enable.idempotence": True, "enable.gapless.guarantee": True, "message.timeout.ms": 0, "log_level": 3,
    "queue.buffering.max.messages": 1_000_000,
}  # fmt: skip
"""Nothing is given up, nothing overtakes: a partition holds the log's order without holes."""


def run_publish(house: House, stopped: Callable[[], bool], started: Callable[[Target], None]) -> None:
    """Publishes the intake log until `stopped`; then sees that Kafka has all of it and saves where it is."""
    settings = read_collect(house.home)
    kafka = kafka_of(settings)
    producer = made("Producer", kafka, EXACT)
    target = Target(kafka.topic, partitions_of(producer, kafka))
    with log_and_book(house, settings.log) as (log, book):
        publisher = Publisher(log, book, producer, target, folder_of(house) / "published.json")
        started(target)
        while not stopped():
            if not publisher.step(_now()):
                time.sleep(NAP_SECONDS)
        publisher.checkpoint(_now())
        publisher.tell(_now(), ended=True)


def _now() -> int:
    return time.time_ns() // 1000


__all__ = ["run_publish"]
