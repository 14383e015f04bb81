"""POST /v1/events: NDJSON (or a JSON array) in, counts and every rejected line out."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from liuke.collect.tracking.endpoint import Endpoint, Reply, Request, json_reply
from liuke.collect.tracking.event import ANONYMOUS
from liuke.collect.tracking.gathering import Bad, Gathering, identifier
from liuke.collect.tracking.moments import CLAIMED, read_moment
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.segment.endpoint import header_key
from liuke.collect.tracking.segment.items import own_id
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.settings import CHANNELS

_TOLD: Final = 100
"""Rejected lines named in an answer; all of them are in the quarantine."""


class Line(msgspec.Struct, gc=False):
    """One line. link, unlink: instead of an event, ids that belong to customer_id from occurred_at on, or no more."""

    event_id: Any = None
    name: str | None = None
    occurred_at: str | int | float | None = None
    customer_id: Any = None
    anonymous_id: Any = None
    channel: str | None = None
    session_id: str | None = None
    properties: dict[str, Any] | None = None
    link: dict[str, str] | None = None
    unlink: dict[str, str] | None = None


_LINE: Final = msgspec.json.Decoder(Line)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


def read(request: Request, desk: Desk) -> Gathering:
    """Lines; blank ones do not count. Raises Problem."""
    sender = desk.sender("plain", header_key(request) or request.query.get("key"))
    body = request.body
    to = Gathering(sender, request.path, request.received, len(body))
    try:
        lines = _LINE.decode_lines(body)
    except _ERRORS:
        return _one_by_one(body, to)
    to.check_count(len(lines))
    for number, line in enumerate(lines, 1):
        try:
            take(line, number, to)
        except Bad as bad:
            to.reject(number, bad, line)
    return to


def _one_by_one(body: bytes, to: Gathering) -> Gathering:
    """Lines of which some cannot be read, or one array."""
    raws: list[bytes] = body.splitlines()
    if body.lstrip()[:1] == b"[":
        try:
            raws = [bytes(raw) for raw in _ARRAY.decode(body)]
        except _ERRORS as error:
            raise Problem(
                "malformed", f"the array is not valid JSON: {error}; lines of JSON lose only their own"
            ) from error
    to.check_count(len(raws))
    for number, raw in enumerate(raws, 1):
        if raw.strip():
            take_raw(raw, number, to)
    return to


def take_raw(raw: bytes, number: int, to: Gathering, own: bytes | None = None) -> None:
    """Adds a line that may be wrong; what cannot be taken is rejected. own: what makes an id where it has none."""
    try:
        take(_LINE.decode(raw), number, to, raw if own is None else own)
    except Bad as bad:
        to.reject(number, bad, raw)
    except msgspec.ValidationError as error:
        to.reject(number, Bad("shape", None, error), raw)
    except _ERRORS as error:
        to.reject(number, Bad("json", None, error), raw)


def take(line: Line, number: int, to: Gathering, raw: object = None) -> None:
    """Adds a line. Raises Bad."""
    claimed = read_moment(line.occurred_at, to.sender.zone) if line.occurred_at is not None else None
    customer = identifier(line.customer_id, "customer_id")
    if line.link is not None or line.unlink is not None:
        _change(line, customer, claimed, to)
        return
    if not line.name:
        raise Bad("no_name", "name")
    who = to.sender.who(customer, identifier(line.anonymous_id, "anonymous_id"))
    properties = line.properties or {}
    if claimed is None and line.occurred_at is not None:
        properties = {**properties, CLAIMED: str(line.occurred_at)[:64]}
    to.add(
        number, identifier(line.event_id, "event_id") or own_id(line if raw is None else raw), line.name,
        claimed=claimed, who=who, channel=line.channel if line.channel in CHANNELS else None,
        session=line.session_id, properties=properties,
    )  # fmt: skip


def _change(line: Line, customer: str | None, claimed: int | None, to: Gathering) -> None:
    at = to.when(claimed)
    for id_type, value in (line.link or {}).items():
        if customer is None:
            raise Bad("no_id", "customer_id")
        to.link(id_type, identifier(value, id_type) or "", customer, at)
    for id_type, value in (line.unlink or {}).items():
        to.link(id_type or ANONYMOUS, identifier(value, id_type) or "", customer, at, "unlink")


def accepted(_request: Request, to: Gathering, repeats: int) -> Reply:
    """What became of the lines."""
    bad = [{"line": r.line, "rule": r.rule, "column": r.column, "message": r.message} for r in to.rejected[:_TOLD]]
    return json_reply({"accepted": len(to.events) - repeats, "repeats": repeats, "changes": len(to.changes),
                       "rejected": bad})  # fmt: skip


def refused(_request: Request, problem: Problem) -> Reply:
    """`code` and `message`."""
    wait = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    return Reply(problem.status, msgspec.json.encode({"code": problem.code, "message": problem.message}), headers=wait)


ENDPOINT: Final = Endpoint("plain", frozenset(("/v1/events",)), read, accepted, refused)

__all__ = ["ENDPOINT", "Line", "take_raw"]
