"""/v1/batch and its siblings: who sends, what, and what the client is told."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any, Final

import msgspec

from liuke.collect.tracking.endpoint import Endpoint, Reply, Request, json_reply
from liuke.collect.tracking.events_file import Vendor
from liuke.collect.tracking.gathering import Bad, Gathering
from liuke.collect.tracking.moments import micros, read_moment, skew
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.salvage import items_of
from liuke.collect.tracking.segment.items import Batch, LooseBatch, take, take_raw
from liuke.collect.tracking.sender import Desk, Sender

KINDS: Final = {
    "track": "track", "identify": "identify", "page": "page", "screen": "screen", "group": "group", "alias": "alias",
    "t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias",
    "batch": "", "b": "", "import": "",
}  # fmt: skip
"""The last part of a path → the kind of message; '' for batches. Short ones are what the browser client uses."""
_BATCH: Final = msgspec.json.Decoder(Batch)
_LOOSE_BATCH: Final = msgspec.json.Decoder(LooseBatch)
_SALVAGE_BYTES: Final = 512 << 10


class _Single(msgspec.Struct, rename="camel"):
    write_key: Any = None
    sent_at: Any = None


_SINGLE: Final = msgspec.json.Decoder(_Single)


def read(request: Request, desk: Desk) -> Gathering:
    """The request as Segment's clients send it."""
    return read_as("segment", request, desk)


def read_as(vendor: Vendor, request: Request, desk: Desk) -> Gathering:
    """The same under another vendor's name."""
    kind = KINDS[request.path.rstrip("/").rsplit("/", 1)[-1]]
    body = request.body
    if kind:
        return _single(vendor, kind, body, request, desk)
    try:
        batch = _BATCH.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _one_by_one(vendor, body, request, desk)
    to = _opened(desk.sender(vendor, header_key(request) or batch.write_key), request, len(body), batch.sent_at)
    to.check_count(len(batch.batch))
    for line, message in enumerate(batch.batch, 1):
        try:
            take(message, line, to)
        except Bad as bad:
            to.reject(line, bad, message)
    return to


def _one_by_one(vendor: Vendor, body: bytes, request: Request, desk: Desk) -> Gathering:
    """A batch in which something is wrong: each message for itself."""
    try:
        loose = _LOOSE_BATCH.decode(body)
        key, sent, raws, broken = loose.write_key, loose.sent_at, [bytes(r) for r in loose.batch], []
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        saved = items_of(body.decode("utf-8", "replace"), "batch") if len(body) <= _SALVAGE_BYTES else None
        key, sent = None, None
        if saved is None:
            desk.sender(vendor, header_key(request))
            raise Problem("malformed", f"the body is not a batch: {error}") from error
        raws, broken = [item.encode("utf-8", "replace") for item in saved[0]], saved[1]
    sender = desk.sender(vendor, header_key(request) or (key if isinstance(key, str) else None))
    to = _opened(sender, request, len(body), sent)
    to.check_count(len(raws))
    for line, raw in enumerate(raws, 1):
        take_raw(raw, line, to)
    for line, piece in enumerate(broken, len(raws) + 1):
        to.reject(line, Bad("json"), piece)
    return to


def _single(vendor: Vendor, kind: str, body: bytes, request: Request, desk: Desk) -> Gathering:
    try:
        head = _SINGLE.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        desk.sender(vendor, header_key(request))
        raise Problem("malformed", f"the body is not a message: {error}") from error
    sender = desk.sender(vendor, header_key(request) or (head.write_key if isinstance(head.write_key, str) else None))
    to = _opened(sender, request, len(body), head.sent_at)
    take_raw(body, 1, to, kind)
    return to


def _opened(sender: Sender, request: Request, size: int, sent: object) -> Gathering:
    to = Gathering(sender, request.path, request.received, size)
    moment = micros(sent, sender.zone) if isinstance(sent, datetime) else read_moment(sent, sender.zone)
    to.shift = skew(moment, request.received)
    return to


def header_key(request: Request) -> str | None:
    """The write key of an Authorization header: Basic (as user name), Bearer, or in the query."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip() or None
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode("utf-8").partition(":")[0] or None
        except (binascii.Error, ValueError):
            return None
    return request.query.get("writeKey") if request.query_string else None


def accepted(_request: Request, _to: Gathering, _repeats: int) -> Reply:
    """Exactly 200 with success, also when single messages were quarantined: sending again would not mend them."""
    return json_reply({"success": True})


def refused(_request: Request, problem: Problem) -> Reply:
    """`code` and `message`, which the clients log; Retry-After, which they obey."""
    wait = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    body = msgspec.json.encode({"success": False, "code": problem.code, "message": problem.message})
    return Reply(problem.status, body, headers=wait)


ENDPOINT: Final = Endpoint(
    "segment",
    frozenset(f"{root}/v1/{name}" for name in KINDS for root in ("", "/segment")),
    read,
    accepted,
    refused,
    {"/v1/m": lambda _request: json_reply({"success": True})},  # the browser client's own statistics
)

__all__ = ["ENDPOINT", "KINDS", "accepted", "header_key", "read_as", "refused"]
