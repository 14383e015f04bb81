"""/batch/, /capture/, /e/, /i/v0/e/ and /i/v1/analytics/events: forms, gzip without a hint, and the answers."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from liuke.collect.tracking.body import deflated, form, from_base64, unpacked
from liuke.collect.tracking.endpoint import Endpoint, Reply, Request, json_reply
from liuke.collect.tracking.gathering import Bad, Gathering
from liuke.collect.tracking.moments import read_moment, skew
from liuke.collect.tracking.posthog.items import Capture, take, take_raw
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.salvage import items_of
from liuke.collect.tracking.segment.endpoint import header_key
from liuke.collect.tracking.sender import Desk, Sender

V1: Final = "/i/v1/analytics/events"
PATHS: Final = frozenset(
    (V1, *(f"/{name}{slash}" for name in ("batch", "capture", "e", "track", "engage", "i/v0/e", "i/v0/ai/batch")
           for slash in ("", "/")))
)  # fmt: skip
_SALVAGE_BYTES: Final = 512 << 10


class Batch(msgspec.Struct):
    """The body of a batch."""

    batch: list[Capture]
    api_key: str | None = None
    token: str | None = None
    sent_at: Any = None
    created_at: Any = None


class Head(msgspec.Struct):
    """What a body says about itself, whatever its items are."""

    batch: list[msgspec.Raw] | None = None
    data: list[msgspec.Raw] | None = None
    api_key: Any = None
    token: Any = None
    sent_at: Any = None
    properties: Any = None


_BATCH: Final = msgspec.json.Decoder(Batch)
_HEAD: Final = msgspec.json.Decoder(Head)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


def read(request: Request, desk: Desk) -> Gathering:
    """The request as PostHog's clients send it. Raises Problem."""
    body = _json_of(request)
    try:
        batch = _BATCH.decode(body)
    except _ERRORS:
        return _one_by_one(body, request, desk)
    to = _opened(desk.sender("posthog", _key(request, batch.api_key, batch.token)), request, len(body), batch.sent_at)
    to.check_count(len(batch.batch))
    for line, capture in enumerate(batch.batch, 1):
        try:
            take(capture, line, to)
        except Bad as bad:
            to.reject(line, bad, capture)
    return to


def _json_of(request: Request) -> bytes:
    """The JSON inside: a body, a form's or a query's `data`, plain, base64 or gzip."""
    body = request.body
    if request.headers.get("content-encoding", "").lower() == "deflate":
        body = deflated(body, request.most)
    if not body and "data" in request.query:
        return unpacked(from_base64(request.query["data"]), request.most)
    if body[:5] == b"data=":
        text = form(body)["data"]
        if text.lstrip()[:1] in ("{", "["):
            return text.encode()
        return unpacked(from_base64(text), request.most)
    return body


def _one_by_one(body: bytes, request: Request, desk: Desk) -> Gathering:
    """A single capture, a bare list, or a batch in which something is wrong."""
    broken: list[str] = []
    head = Head()
    try:
        if body.lstrip()[:1] == b"[":
            raws = [bytes(raw) for raw in _LIST.decode(body)]
            head = _HEAD.decode(raws[0]) if raws else head
        else:
            head = _HEAD.decode(body)
            listed = head.batch if head.batch is not None else head.data
            raws = [body] if listed is None else [bytes(raw) for raw in listed]
    except _ERRORS as error:
        saved = items_of(body.decode("utf-8", "replace"), "batch") if len(body) <= _SALVAGE_BYTES else None
        if saved is None:
            if _key(request):
                desk.sender("posthog", _key(request))
            raise Problem("malformed", f"the body is no capture: {error}") from error
        raws, broken = [item.encode("utf-8", "replace") for item in saved[0]], saved[1]
        head = Head(api_key=_loose_key(body))
    inner = head.properties.get("token") if isinstance(head.properties, dict) else None
    sender = desk.sender("posthog", _key(request, head.api_key, head.token, inner))
    to = _opened(sender, request, len(body), head.sent_at)
    to.check_count(len(raws))
    for line, raw in enumerate(raws, 1):
        take_raw(raw, line, to)
    for line, piece in enumerate(broken, len(raws) + 1):
        to.reject(line, Bad("json"), piece)
    return to


def _loose_key(body: bytes) -> str | None:
    """The key in a body that is no JSON as a whole."""
    _before, _name, after = body.partition(b'"api_key"')
    text = after.lstrip(b": \t\r\n")[:200]
    return text[1:].partition(b'"')[0].decode("utf-8", "replace") if text[:1] == b'"' else None


def _key(request: Request, *named: object) -> str | None:
    told = (*named, request.query.get("token"), request.query.get("api_key"), header_key(request))
    return next((key for key in told if isinstance(key, str) and key), None)


def _opened(sender: Sender, request: Request, size: int, sent: object) -> Gathering:
    to = Gathering(sender, request.path, request.received, size)
    at = sent or request.headers.get("posthog-request-timestamp") or _milliseconds(request.query.get("_", ""))
    to.shift = skew(read_moment(at, sender.zone), request.received)
    return to


def _milliseconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 13 else None


def accepted(request: Request, to: Gathering, _repeats: int) -> Reply:
    """{"status": 1}; the newer endpoint asks for a word on each event by its uuid."""
    if request.path != V1:
        return json_reply({"status": 1})
    results = {event.event_id: {"result": "ok"} for event in to.events}
    lost = {}
    for each in to.rejected:
        found = _uuid_of(each.text or "")
        if found and found not in results:
            lost[found] = {"result": "drop", "details": each.rule}
    quiet = {i: {"result": "ok"} for i in _uuids(request) if i not in results and i not in lost}
    return json_reply({"results": results | lost | quiet})


def _uuids(request: Request) -> list[str]:
    try:
        return [c.uuid for c in _BATCH.decode(_json_of(request)).batch if isinstance(c.uuid, str)]
    except _ERRORS:
        return []


def _uuid_of(text: str) -> str | None:
    _before, _name, after = text.partition('"uuid"')
    return after.partition('"')[2].partition('"')[0] or None


def refused(_request: Request, problem: Problem) -> Reply:
    """The shape of its API's errors: type, code, detail."""
    wait = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    kind = "authentication_error" if problem.code == "unknown_key" else "validation_error"
    said = {"status": 0, "type": kind, "code": problem.code, "detail": problem.message, "error": problem.message}
    return Reply(problem.status, msgspec.json.encode(said), headers=wait)


def flags(_request: Request) -> Reply:
    """No feature flags: clients ask before they send."""
    none: dict[str, Any] = {
        "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": False,
        "supportedCompression": ["gzip", "gzip-js"], "config": {"enable_collect_everything": False},
        "isAuthenticated": False, "sessionRecording": False, "toolbarParams": {}, "quotaLimited": [],
    }  # fmt: skip
    return json_reply(none)


ENDPOINT: Final = Endpoint(
    "posthog", PATHS, read, accepted, refused,
    dict.fromkeys(("/flags/", "/flags", "/decide/", "/decide"), flags),
)  # fmt: skip

__all__ = ["ENDPOINT"]
