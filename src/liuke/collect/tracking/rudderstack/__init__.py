"""RudderStack: Segment's messages at /rudderstack/v1/…, or at the same paths told apart by what they say."""

from __future__ import annotations

from typing import Final

from liuke.collect.tracking.endpoint import Endpoint, Reply, Request
from liuke.collect.tracking.gathering import Gathering
from liuke.collect.tracking.segment.endpoint import KINDS, read_as, refused
from liuke.collect.tracking.sender import Desk


def read(request: Request, desk: Desk) -> Gathering:
    """Segment's reading under RudderStack's name."""
    return read_as("rudderstack", request, desk)


def accepted(_request: Request, _to: Gathering, _repeats: int) -> Reply:
    """Its servers answer the bare text OK."""
    return Reply(200, b"OK", "text/plain; charset=utf-8")


def source_config(_request: Request) -> Reply:
    """What the browser client asks for before it sends: a source that is on, with no further destinations."""
    body = (
        b'{"isHosted":true,"source":{"id":"liuke","name":"liuke","enabled":true,"writeKey":"","config":{},'
        b'"destinations":[],"connections":[],"dataplanes":{},"workspaceId":"liuke"},"updatedAt":null,"consentManagementMetadata":{}}'
    )
    return Reply(200, body)


ENDPOINT: Final = Endpoint(
    "rudderstack",
    frozenset(f"/rudderstack/v1/{name}" for name in KINDS),
    read,
    accepted,
    refused,
    {"/sourceConfig/": source_config, "/rudderstack/sourceConfig/": source_config},
)

__all__ = ["ENDPOINT"]
