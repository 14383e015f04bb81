"""What the collector takes in: events, changes of identity, and what could not be taken; one batch as bytes.

A batch is one JSON document. The records in it are arrays, not objects, because that decodes fastest and is smallest
(100 events with four properties each, one core: arrays 0.41 µs and 219 bytes an event, objects 0.47 µs and 339
bytes, one object a line 0.48 µs, MessagePack arrays 0.44 µs). Fields are therefore only ever added at the end, with
a default: an older batch then still decodes.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

ChangeKind = Literal["link", "unlink"]
ANONYMOUS: Final = "anonymous"
"""The id type of devices, cookies and visitors: what `TrackedEvent.anonymous_id` holds."""

FROM_CORE: Final = "core"
"""The source of facts of the core systems: they came out of the lake, and do not go there again."""


class TrackedEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event as every part of the house sees it, whichever vendor's client sent it.

    event_id: the client's message id. occurred_at, received_at: microseconds since the epoch, UTC; when it happened
    on the device (corrected and bounded, moments.py), and when the collector got it. customer_id: the bank's number
    of the customer where the client said it. anonymous_id: device or visitor. properties: flat JSON: texts, numbers,
    truth values, nulls and lists of them. source: "endpoint:project", or FROM_CORE.
    """

    event_id: str
    name: str
    occurred_at: int
    received_at: int
    customer_id: str | None
    anonymous_id: str | None
    channel: str | None
    session_id: str | None
    properties: dict[str, Any]
    source: str


class IdentityChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody said that an id belongs to a customer, or no longer does.

    customer_id: None in an unlink that names no customer: from whomever it is linked to. at: microseconds since the
    epoch, UTC, bounded like an event's time.
    """

    kind: ChangeKind
    id_type: str
    id_value: str
    customer_id: str | None
    at: int
    source: str


class Rejected(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that was not taken, kept so that a person can see it (lake table quarantine).

    place: the endpoint. line: 1-based number of the item in its request. rule: a short code. text: what was sent,
    cut, and without values that must not be kept.
    """

    source: str
    place: str
    line: int
    column: str | None
    value: str | None
    rule: str
    message: str
    text: str | None
    at: int


class Taken(msgspec.Struct, frozen=True):
    """What one request came to."""

    events: list[TrackedEvent] = []
    changes: list[IdentityChange] = []
    rejected: list[Rejected] = []

    def __bool__(self) -> bool:
        return bool(self.events or self.changes or self.rejected)


class _Changes(msgspec.Struct):
    changes: list[IdentityChange] = []


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Taken)
_CHANGES = msgspec.json.Decoder(_Changes)
_NO_MORE: Final = b'],"changes":[],"rejected":[]}'
"""How a batch ends that holds events only; inside a text the quotation marks would be escaped."""


def encode(taken: Taken) -> bytes:
    """The batch as it lies in the intake log."""
    return _ENCODER.encode(taken)


def decode(data: bytes) -> Taken:
    """The batch back. Raises msgspec.DecodeError when the bytes are none."""
    return _DECODER.decode(data)


def changes_in(data: bytes) -> list[IdentityChange]:
    """The changes of identity in a batch's bytes; events are passed over."""
    return [] if data.endswith(_NO_MORE) else _CHANGES.decode(data).changes


__all__ = [
    "ANONYMOUS",
    "FROM_CORE",
    "ChangeKind",
    "IdentityChange",
    "Rejected",
    "Taken",
    "TrackedEvent",
    "changes_in",
    "decode",
    "encode",
]
