"""What stands in the topic. Made from the intake log by one publisher, read by the members of a group.

    value                          headers
    {"events":[[…],[…]]}           log: identity/offset/part    events of one batch of the log, of one partition
    {"events":[]}                  clock: microseconds          everything received before was published

Events are arrays as in the intake log, so that the core reads the bytes as they come. An event's `customer_id` is
whoever it was linked to at that offset, and its `received_at` the log's clock: the greatest time of receipt until
then. A partition's clock thus is the whole log's clock, in whatever order the partitions are read.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from liuke.collect.tracking.event import TrackedEvent, decode

LOG: Final = "log"
CLOCK: Final = "clock"
BEGINS: Final = b'{"events":['
ENDS: Final = b"]}"
NOTHING: Final = BEGINS + ENDS
LARGEST: Final = 800_000
"""Bytes of a message's events: below the megabyte that brokers take by default."""
_ENCODE: Final = msgspec.json.Encoder().encode


class Place(NamedTuple):
    """Where in an intake log a message comes from. part: messages of one batch and partition are numbered from 0."""

    log: str
    offset: int
    part: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a partition's worker sees it. offset: in the topic.

    place: of one with events; clock: of one that tells the time. Neither: somebody else wrote it.
    """

    offset: int
    value: bytes
    place: Place | None = None
    clock: int | None = None


def partition_of(customer_id: str, partitions: int) -> int:
    """The customer's partition: CRC-32 of the id in UTF-8, as librdkafka's `consistent` partitioner has it."""
    return zlib.crc32(customer_id.encode("utf-8", "replace")) % partitions


def packed(events: Iterable[TrackedEvent], partitions: int, largest: int = LARGEST) -> Iterator[tuple[int, int, bytes]]:
    """(partition, part, value) for events of customers, in order."""
    shares: dict[int, list[bytes]] = {}
    for event in events:
        shares.setdefault(partition_of(event.customer_id or "", partitions), []).append(_ENCODE(event))
    for partition, texts in shares.items():
        for part, some in enumerate(_pieces(texts, largest)):
            yield partition, part, together(some)


def together(events: Iterable[bytes]) -> bytes:
    """One document of events, or of several events' bytes, as `inside` gives them."""
    return BEGINS + b",".join(events) + ENDS


def inside(value: bytes) -> bytes:
    """The events of a document of ours, without what is around them."""
    return value[len(BEGINS) : -len(ENDS)]


def log_header(place: Place) -> tuple[str, bytes]:
    """The header of a message with events."""
    return LOG, f"{place.log}/{place.offset}/{place.part}".encode()


def clock_header(clock: int) -> tuple[str, bytes]:
    """The header of a message that tells the time."""
    return CLOCK, str(clock).encode()


def read(offset: int, value: bytes | None, headers: Sequence[tuple[str, Any]] | None) -> Message:
    """A message as it came from Kafka."""
    known, text = dict(headers or ()), value or b""
    try:
        if CLOCK in known:
            return Message(offset, text, clock=int(known[CLOCK]))
        if LOG in known and text.startswith(BEGINS) and text.endswith(ENDS):
            log, at, part = known[LOG].decode().split("/")
            return Message(offset, text, Place(log, int(at), int(part)))
    except ValueError:
        pass
    return Message(offset, text)


def first_time(messages: Iterable[Message]) -> int | None:
    """The log's clock as of the first message of ours, microseconds; None where there is none."""
    for message in messages:
        if message.clock is not None:
            return message.clock
        if message.place and (events := _events_of(message)):
            return events[0].received_at
    return None


def _events_of(message: Message) -> list[TrackedEvent]:
    """None where they cannot be read."""
    try:
        return decode(message.value).events
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []


def _pieces(texts: Sequence[bytes], largest: int) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    size = 0
    for text in texts:
        if piece and size + len(text) > largest:
            yield piece
            piece, size = [], 0
        piece.append(text)
        size += len(text) + 1
    if piece:
        yield piece
