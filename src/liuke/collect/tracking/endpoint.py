"""What every vendor's folder gives: the paths it serves, how it reads a request, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from liuke.collect.tracking.body import form, unpacked
from liuke.collect.tracking.events_file import Vendor
from liuke.collect.tracking.gathering import Gathering
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.sender import Desk


@dataclass(frozen=True)
class Request:
    """A request as it arrived. headers: lower-case names. received: microseconds since the epoch, UTC."""

    method: str
    path: str
    query_string: bytes
    headers: Mapping[str, str]
    raw: bytes
    received: int
    most: int = 20 << 20

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters."""
        return form(self.query_string)

    @cached_property
    def body(self) -> bytes:
        """The body, decompressed. Raises Problem."""
        return unpacked(self.raw, self.most)

    def with_body(self, body: bytes) -> Request:
        """The same with another body."""
        return Request(self.method, self.path, self.query_string, self.headers, body, self.received, self.most)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: object, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON."""
    return Reply(status, msgspec.json.encode(value), headers=headers)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One vendor's face.

    paths: exact paths. read: raises Problem for the whole request, gathers what it can otherwise. accepted: after
    everything is on disk; repeats: events that were known. refused: in the shape its clients read. answered: paths
    that clients ask for other things than events.
    """

    vendor: Vendor
    paths: frozenset[str]
    read: Callable[[Request, Desk], Gathering]
    accepted: Callable[[Request, Gathering, int], Reply]
    refused: Callable[[Request, Problem], Reply]
    answered: Mapping[str, Callable[[Request], Reply]] = field(default_factory=dict)


__all__ = ["Endpoint", "Reply", "Request", "json_reply"]
