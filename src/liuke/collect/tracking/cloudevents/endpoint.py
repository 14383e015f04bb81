"""POST /cloudevents. customer: the extension `customerid`, else `subject`; `anonymousid`, `sessionid`, `channel`.

`id` is unique within `source`, so an event's id here is made of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from liuke.collect.tracking.body import from_base64
from liuke.collect.tracking.endpoint import Endpoint, Reply, Request
from liuke.collect.tracking.gathering import Bad, Gathering, identifier
from liuke.collect.tracking.moments import CLAIMED, read_moment
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.segment.endpoint import header_key
from liuke.collect.tracking.segment.items import own_id
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.settings import CHANNELS

_LONGEST: Final = 100
_BATCH: Final = msgspec.json.Decoder(list[msgspec.Raw])
_EVENT: Final = msgspec.json.Decoder(dict[str, Any])
_ANY: Final = msgspec.json.Decoder()
_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


def read(request: Request, desk: Desk) -> Gathering:
    """The mode follows the content type, as the specification says. Raises Problem."""
    sender = desk.sender("cloudevents", header_key(request) or request.query.get("key"))
    body = request.body
    to = Gathering(sender, request.path, request.received, len(body))
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "application/cloudevents-batch+json":
        _batch(body, to)
    elif media == "application/cloudevents+json":
        _one(body, 1, to)
    elif "ce-id" in request.headers:
        _binary(request, media, to)
    else:
        raise Problem("malformed", "neither ce- headers nor a content type of CloudEvents")
    return to


def _batch(body: bytes, to: Gathering) -> None:
    try:
        raws = _BATCH.decode(body)
    except _ERRORS as error:
        raise Problem("malformed", f"the batch is not a JSON array: {error}") from error
    to.check_count(len(raws))
    for line, raw in enumerate(raws, 1):
        _one(bytes(raw), line, to)


def _one(raw: bytes, line: int, to: Gathering) -> None:
    try:
        event = _EVENT.decode(raw)
        data = event.pop("data", None)
        if "data_base64" in event:
            data = _from_bytes(from_base64(str(event.pop("data_base64"))), str(event.get("datacontenttype", "")))
        _take(event, data, line, to)
    except Bad as bad:
        to.reject(line, bad, raw)
    except Problem as problem:
        to.reject(line, Bad("shape", "data_base64", problem.message), raw)
    except msgspec.ValidationError as error:
        to.reject(line, Bad("shape", None, error), raw)
    except _ERRORS as error:
        to.reject(line, Bad("json", None, error), raw)


def _binary(request: Request, media: str, to: Gathering) -> None:
    attributes = {n[3:]: unquote(v) for n, v in request.headers.items() if n.startswith("ce-")}
    try:
        _take(attributes, _from_bytes(request.body, media), 1, to)
    except Bad as bad:
        to.reject(1, bad, request.body)


def _from_bytes(body: bytes, media: str) -> Any:
    """The data of a body; bytes that are no JSON are not kept, only how many there were."""
    if not body:
        return None
    if media == "application/json" or media.endswith("+json") or not media:
        try:
            return _ANY.decode(body)
        except _ERRORS as error:
            raise Bad("json", "data", error) from error
    if media.startswith("text/"):
        return body.decode("utf-8", "replace")
    return {"bytes": len(body)}


def _take(event: Mapping[str, Any], data: Any, line: int, to: Gathering) -> None:
    for name in ("id", "source", "type", "specversion"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise Bad("shape", name, event.get(name))
    if not str(event["specversion"]).startswith("1."):
        raise Bad("kind", "specversion", event["specversion"])
    at = event.get("time")
    claimed = read_moment(at, to.sender.zone)
    customer = identifier(event.get("customerid"), "customerid")
    anonymous = identifier(event.get("anonymousid"), "anonymousid")
    if customer is None and anonymous is None:
        customer = identifier(event.get("subject"), "subject")
    properties = dict(data) if isinstance(data, dict) else {} if data is None else {"data": data}
    if claimed is None and at is not None:
        properties[CLAIMED] = str(at)[:64]
    session, channel = event.get("sessionid"), event.get("channel")
    to.add(
        line, _id_of(event), event["type"], claimed=claimed, who=to.sender.who(customer, anonymous),
        channel=channel if channel in CHANNELS else None, session=session if isinstance(session, str) else None,
        properties=properties,
    )  # fmt: skip


def _id_of(event: Mapping[str, Any]) -> str:
    whole = f"{event['source']}#{event['id']}"
    return whole if len(whole) <= _LONGEST else own_id(whole.encode())


def accepted(_request: Request, _to: Gathering, _repeats: int) -> Reply:
    """202 without a body: receivers of CloudEvents answer any 2xx."""
    return Reply(202, b"", "text/plain; charset=utf-8")


def refused(_request: Request, problem: Problem) -> Reply:
    """`code` and `message`."""
    wait = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    return Reply(problem.status, msgspec.json.encode({"code": problem.code, "message": problem.message}), headers=wait)


ENDPOINT: Final = Endpoint("cloudevents", frozenset(("/cloudevents", "/cloudevents/")), read, accepted, refused)

__all__ = ["ENDPOINT"]
