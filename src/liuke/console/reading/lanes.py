"""How far the rules have read what was collected: the worker on the log, or the publisher and each partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from liuke.collect.tracking.settings import FILE, KafkaStream, read_collect
from liuke.collect.tracking.status import IntakeStatus, Working
from liuke.console.reading.lending import house
from liuke.errors import LiukeError
from liuke.state.models import StreamPartition

Condition = Literal["at_work", "remembering", "ended", "silent", "never"]
SILENT: Final = timedelta(minutes=1)
"""A member tells how far it is every few seconds (BEAT_SECONDS), unless it is busy saving a large state."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One reader. number: of a partition, None for the reader of the log itself. publishes: what it reads, to a topic.

    read: how far it is, end: what there is, in batches of the log or messages of the topic; None where not known yet.
    waited_us: how long the oldest batch has waited. saved_at: when its state was last made durable.
    """

    number: int | None
    publishes: bool
    owner: str
    read: int | None
    end: int | None
    waited_us: int
    saved_at: datetime | None
    condition: Condition

    @property
    def behind(self) -> int | None:
        """Batches or messages it has not read."""
        return None if self.read is None or self.end is None else max(0, self.end - self.read)


@dataclass(frozen=True, slots=True)
class Lanes:
    """Every reader, the one of the log first. topic: between publisher and partitions, '' for the one worker."""

    topic: str
    rows: tuple[Lane, ...]


def lanes(found: IntakeStatus | None, now: datetime) -> Lanes:
    """The readers; none where nothing is collected."""
    kafka = _kafka()
    first = () if found is None else (_of_log(found.workers["triggers"], found.last, kafka),)
    if kafka is None:
        return Lanes("", first)
    rows = StreamPartition.objects.filter(group=kafka.group, topic=kafka.topic).order_by("number")
    return Lanes(kafka.topic, (*first, *_of_partitions(rows, now)))


def _kafka() -> KafkaStream | None:
    home = house().home
    try:
        return read_collect(home).stream.kafka if (home / FILE).is_file() else None
    except LiukeError:
        return None


def _of_log(w: Working, last: int, kafka: KafkaStream | None) -> Lane:
    path = house().home / "stream" / ("published.json" if kafka else "core.snapshot")
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else None
    condition: Condition = "at_work" if w.alive else "ended" if w.ended else "silent" if w.at else "never"
    return Lane(None, kafka is not None, "", last - w.behind, last, w.behind_us, saved, condition)


def _of_partitions(rows: Iterable[StreamPartition], now: datetime) -> Iterator[Lane]:
    for row in rows:
        spoke = max((at for at in (row.told_at, row.claimed_at) if at), default=None)
        condition: Condition = "never" if spoke is None else "silent" if now - spoke > SILENT else "at_work"
        if condition == "at_work" and row.told_at and row.read is None and not row.snapshot:
            condition = "remembering"
        yield Lane(row.number, False, row.owner, row.read, row.end, 0, row.saved_at, condition)
