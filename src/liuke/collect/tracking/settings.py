"""`collect.yaml`: who may send events, within which limits, and how the intake log keeps them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from liuke.errors import Wrong
from liuke.yaml_file import Document, load_yaml

FILE: Final = "collect.yaml"
CHANNELS: Final = ("app", "web", "wechat", "atm", "branch", "phone", "other")
"""The channels of the table event."""
_KAFKA_NAME: Final = r"^[A-Za-z0-9._-]{1,200}$"
Channel = Literal["app", "web", "wechat", "atm", "branch", "phone", "other"]


class Project(Document):
    """One sender of events: an app, a site, a mini programme.

    keys: what its clients send as write key, API key or project; any of them will do. channel: of events whose client
    does not tell. customer_ids: the pattern that the bank's customer numbers match; a user id that does not is kept
    as an anonymous id. Without it every user id counts as a customer number. events_per_second: above it clients are
    asked to slow down (429); no limit without it. facts: it may send facts of the core systems under their own names
    (transaction, balance, complaint, maturity, contact); for a core system that sends by itself, never for an app.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    keys: tuple[str, ...] = Field(min_length=1)
    channel: Channel | None = None
    customer_ids: str | None = None
    events_per_second: int | None = Field(None, ge=1)
    facts: bool = False

    @field_validator("keys")
    @classmethod
    def _real_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not key.strip() for key in value):
            raise Wrong("empty_key", "a key is empty; a client could then send without one")
        return value

    @field_validator("customer_ids")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise Wrong("not_a_pattern", "not a regular expression: {why}", why=error) from error
        return value


class Limits(Document):
    """Sizes beyond which nothing is taken. Defaults of an event and a Segment batch are Segment's published ones.

    body_kb: a request as it arrives; unpacked_kb: after decompression, which stops there; event_kb: one event; a
    larger one is quarantined and the rest of its batch kept. events: items of one request. old_days: an event that
    claims to be older is taken as of now and says so.
    """

    body_kb: int = Field(4096, ge=1)
    unpacked_kb: int = Field(20480, ge=1)
    event_kb: int = Field(32, ge=1)
    events: int = Field(10_000, ge=1)
    old_days: int = Field(366, ge=1)
    early_minutes: int = Field(5, ge=0)


class LogSettings(Document):
    """The intake log.

    folder: relative to the bank home. fsync: `always` puts every acknowledged event on disk before the answer;
    `interval` only every interval_ms: when the machine itself fails (not merely the program), up to that much may be
    lost although it was acknowledged, and the log may need to be made anew. gather_ms: how long a commit waits for
    more requests to share it. dedup_days: how long a message id is remembered. keep_days: how long batches stay
    after every consumer has them. consumers: names that must have read a batch before it may go. max_gb, spare_mb:
    the log never grows beyond, and leaves so much of the disk free. max_behind: batches the slowest consumer may lag.
    """

    folder: Path = Path("intake")
    fsync: Literal["always", "interval"] = "always"
    interval_ms: int = Field(500, ge=10)
    gather_ms: int = Field(0, ge=0, le=1000)
    dedup_days: int = Field(7, ge=1, le=60)
    keep_days: int = Field(1, ge=0)
    consumers: tuple[str, ...] = ("lake",)
    max_gb: float = Field(16, gt=0)
    spare_mb: int = Field(512, ge=0)
    max_behind: int = Field(5_000_000, ge=1)


class KafkaSettings(Document):
    """A Kafka source. brokers: host:port, separated by commas. project: whose events they are. options: further ones
    of librdkafka by their own names, such as security.protocol.
    """

    brokers: str = Field(min_length=1)
    topics: tuple[str, ...] = Field(min_length=1)
    project: str
    group: str = "liuke"
    options: dict[str, str] = Field(default_factory=dict)


class KafkaStream(Document):
    """Trigger rules over a Kafka topic, its partitions shared by any number of `liuke stream`.

    brokers: host:port, separated by commas. topic: written by `liuke publish` alone; it exists, and its number of
    partitions stays. group: the consumer group; its state is its own. snapshots: a folder that every member reaches,
    relative to the bank home. options: further ones of librdkafka by their own names, such as security.protocol.
    """

    brokers: str = Field(min_length=1)
    topic: str = Field("liuke-events", pattern=_KAFKA_NAME)
    group: str = Field("liuke-stream", pattern=_KAFKA_NAME)
    snapshots: Path = Path("stream/partitions")
    options: dict[str, str] = Field(default_factory=dict)


class StreamSettings(Document):
    """How trigger rules read the events: the intake log in one process, or a topic in several. kafka: the topic."""

    kafka: KafkaStream | None = None


class CollectSettings(Document):
    """`collect.yaml` of the bank home. origins: web pages that may send, as in https://www.bank.cn; `*` for all.

    kafka: a source of events beside HTTP. stream: how trigger rules read what was collected.
    """

    projects: tuple[Project, ...] = Field(min_length=1)
    origins: tuple[str, ...] = ("*",)
    limits: Limits = Limits()
    log: LogSettings = LogSettings()
    kafka: KafkaSettings | None = None
    stream: StreamSettings = StreamSettings()

    @model_validator(mode="after")
    def _one_owner_per_key(self) -> CollectSettings:
        owners: dict[str, str] = {}
        for project in self.projects:
            for key in project.keys:
                if owners.setdefault(key, project.name) != project.name:
                    raise Wrong("shared_key", "projects {a} and {b} share a key", a=owners[key], b=project.name)
        if len({p.name for p in self.projects}) < len(self.projects):
            raise Wrong("same_project", "two projects have the same name")
        if self.kafka and self.kafka.project not in {p.name for p in self.projects}:
            raise Wrong("unknown_project", "kafka: there is no project '{name}'", name=self.kafka.project)
        if self.kafka and self.stream.kafka and self.stream.kafka.topic in self.kafka.topics:
            raise Wrong(
                "topic_in_a_circle", "stream.kafka.topic '{name}' is also a source", name=self.stream.kafka.topic
            )
        return self


def read_collect(home: Path) -> CollectSettings:
    """`collect.yaml` of a bank home. Raises YourMistake."""
    return load_yaml(home / FILE, CollectSettings)


__all__ = [
    "CHANNELS",
    "FILE",
    "Channel",
    "CollectSettings",
    "KafkaSettings",
    "KafkaStream",
    "Limits",
    "LogSettings",
    "Project",
    "StreamSettings",
    "read_collect",
]
