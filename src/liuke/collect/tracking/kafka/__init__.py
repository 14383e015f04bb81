"""Events from Kafka topics, as an alternative to HTTP (extra `kafka`)."""

from __future__ import annotations

from liuke.collect.tracking.kafka.source import KafkaSource

__all__ = ["KafkaSource"]
