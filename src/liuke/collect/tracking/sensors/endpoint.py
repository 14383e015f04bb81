"""/sa, /sa.gif, /debug: form bodies of gzip and base64, image requests, dry runs."""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec

from liuke.collect.tracking.body import form, from_base64, unpacked
from liuke.collect.tracking.endpoint import Endpoint, Reply, Request
from liuke.collect.tracking.gathering import Bad, Gathering
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.salvage import items_of
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.sensors.items import Item, take, take_raw

_PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_DEBUG: Final = ("/debug", "/debug/")
_LIST: Final = msgspec.json.Decoder(list[Item])
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_HEAD: Final = msgspec.json.Decoder(Item)
_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
_CHECKED: Final = 64 << 10
_SALVAGE_BYTES: Final = 512 << 10


class _Key(msgspec.Struct):
    project: Any = None
    token: Any = None


_KEY: Final = msgspec.json.Decoder(_Key)


def read(request: Request, desk: Desk) -> Gathering:
    """The request as 神策's clients send it. Raises Problem."""
    fields = form(request.body) if request.method == "POST" else request.query
    if request.method == "POST" and not {"data", "data_list"} & fields.keys():
        fields = request.query | fields
    text = fields.get("data_list") or fields.get("data")
    if not text:
        raise Problem("malformed", "the request has neither data nor data_list")
    _check_crc(text, fields.get("ext", ""))
    data = unpacked(from_base64(text), request.most)
    listed = data.lstrip()[:1] == b"["
    raws, broken = _pieces(data, listed=listed)
    sender = desk.sender("sensors", _key_of(request, fields, raws))
    to = Gathering(sender, request.path, request.received, len(data))
    to.dry_run = request.path in _DEBUG and request.headers.get("dry-run", "").lower() == "true"
    to.check_count(len(raws))
    try:
        items = _LIST.decode(data) if listed else [_HEAD.decode(data)]
    except _ERRORS:
        for line, raw in enumerate(raws, 1):
            take_raw(raw, line, to)
    else:
        for line, item in enumerate(items, 1):
            try:
                take(item, line, to)
            except Bad as bad:
                to.reject(line, bad, item)
    for line, piece in enumerate(broken, len(raws) + 1):
        to.reject(line, Bad("json"), piece)
    return to


def _pieces(data: bytes, *, listed: bool) -> tuple[list[bytes], list[str]]:
    """The records as they were sent, and the pieces that are none."""
    if not listed:
        return [data], []
    try:
        return [bytes(raw) for raw in _RAWS.decode(data)], []
    except _ERRORS as error:
        saved = items_of(data.decode("utf-8", "replace"), None) if len(data) <= _SALVAGE_BYTES else None
        if saved is None:
            raise Problem("malformed", f"data_list is not valid JSON: {error}") from error
        return [item.encode("utf-8", "replace") for item in saved[0]], saved[1]


def _key_of(request: Request, fields: dict[str, str], raws: list[bytes]) -> str | None:
    """Token before project, the address before the record: as 神策 itself decides."""
    told: list[object] = [request.query.get("token"), request.query.get("project"), fields.get("token"),
                          fields.get("project")]  # fmt: skip
    if not any(told) and raws:
        try:
            first = _KEY.decode(raws[0])
            told += [first.token, first.project]
        except _ERRORS:
            pass
    return next((key for key in told if isinstance(key, str) and key), None)


def _check_crc(text: str, extra: str) -> None:
    """`ext=crc=…`: Java's hash of the base64 text. Raises Problem malformed when the text was damaged on its way."""
    name, _, told = extra.partition("=")
    if name != "crc" or len(text) > _CHECKED or not told.removeprefix("-").isdigit():
        return
    found = 0
    for letter in text:
        found = (found * 31 + ord(letter)) & 0xFFFFFFFF
    if found != int(told) & 0xFFFFFFFF:
        raise Problem("malformed", "the data does not match its crc; it was damaged or cut on its way")


def accepted(request: Request, to: Gathering, _repeats: int) -> Reply:
    """200; a pixel for image requests. /debug says what is wrong with a record, with 400 as its clients expect."""
    if request.path in _DEBUG and to.rejected:
        said = [{"line": r.line, "error_code": r.rule, "error_reason": r.message, "column": r.column}
                for r in to.rejected]  # fmt: skip
        return Reply(400, msgspec.json.encode(said))
    if request.method == "GET":
        return Reply(200, _PIXEL, "image/gif", {"Cache-Control": "no-store"})
    return Reply(200, b"", "text/plain; charset=utf-8")


def refused(_request: Request, problem: Problem) -> Reply:
    """Its clients look at the status only; the text is for the person who looks at the network."""
    wait = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    body = msgspec.json.encode({"error_code": problem.code, "error_reason": problem.message})
    return Reply(problem.status, body, headers=wait)


def remote_config(_request: Request) -> Reply:
    """What the app clients ask for at their start: nothing to change."""
    return Reply(200, b'{"v":"1","configs":{"disableSDK":false,"disableDebugMode":false,"autoTrackMode":-1}}')


ENDPOINT: Final = Endpoint(
    "sensors", frozenset(("/sa", "/sa/", "/sa.gif", *_DEBUG)), read, accepted, refused,
    {"/config/iOS.conf": remote_config, "/config/Android.conf": remote_config},
)  # fmt: skip

__all__ = ["ENDPOINT"]
