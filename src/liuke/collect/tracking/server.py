"""The collector as a bare ASGI application: no framework between the bytes and the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import structlog

from liuke.collect.tracking import cloudevents, plain, posthog, rudderstack, segment, sensors
from liuke.collect.tracking.committer import Committer
from liuke.collect.tracking.endpoint import Endpoint, Reply, Request, json_reply
from liuke.collect.tracking.gathering import Gathering
from liuke.collect.tracking.log import LogFull
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.sender import Desk

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ENDPOINTS: Final = (
    sensors.ENDPOINT, segment.ENDPOINT, rudderstack.ENDPOINT, posthog.ENDPOINT, cloudevents.ENDPOINT, plain.ENDPOINT,
)  # fmt: skip
_LARGE: Final = 256 << 10
"""Bodies from here on are read in a thread, so that others need not wait."""
_ALLOWED: Final = "Content-Type, Authorization, Content-Encoding, Dry-Run, X-Requested-With, AnonymousId"
_logger = structlog.get_logger()


class Collector:
    """The application. Counts what passes: `counts` is for people and probes."""

    def __init__(self, desk: Desk, committer: Committer) -> None:
        self._desk, self._committer = desk, committer
        self._origins = frozenset(desk.settings.origins)
        self._raw_limit = desk.settings.limits.body_kb << 10
        self._limit = desk.settings.limits.unpacked_kb << 10
        self._events: dict[str, Endpoint] = {path: e for e in ENDPOINTS for path in e.paths}
        self._answers = {path: answer for e in ENDPOINTS for path, answer in e.answered.items()}
        self.counts = {"requests": 0, "events": 0, "repeats": 0, "rejected": 0, "changes": 0, "refused": 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the collector speaks HTTP, not {scope['type']}")
        self.counts["requests"] += 1
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reply = await self._reply(scope, headers, receive)
        sent = [
            (b"content-type", reply.media_type.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in reply.headers.items()),
            *self._cors(headers),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    async def _reply(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Reply:
        path, method = scope["path"], scope["method"]
        if method == "OPTIONS":
            return Reply(204, b"", "text/plain")
        endpoint = self._events.get(path)
        request = Request(
            method, path, scope["query_string"], headers, b"", time.time_ns() // 1000, self._limit
        )  # fmt: skip
        if endpoint is None:
            return await self._other(request, receive)
        try:
            request = request.with_body(await self._body(headers, receive))
            return await self._taken(endpoint, request)
        except Problem as problem:
            self.counts["refused"] += 1
            return endpoint.refused(request, problem)

    async def _taken(self, endpoint: Endpoint, request: Request) -> Reply:
        if request.method not in ("POST", "GET", "PUT"):
            raise Problem("method", f"{request.method} is not used here")
        if len(request.raw) > _LARGE:
            to = await asyncio.to_thread(endpoint.read, request, self._desk)
        else:
            to = endpoint.read(request, self._desk)
        if to.dry_run:
            to.sender.linked.clear()
            return endpoint.accepted(request, to, 0)
        return endpoint.accepted(request, to, await self._stored(to))

    async def _stored(self, to: Gathering) -> int:
        """Puts everything on disk; returns how many events were repeats. Raises Problem busy or slow_down."""
        try:
            self._desk.spend(to.sender, len(to.events) + len(to.rejected))
        except Problem:
            to.sender.linked.clear()
            raise
        taken = to.taken
        if not taken:
            return 0
        try:
            stored = await self._committer.put(taken)
        except LogFull as error:
            self._desk.forget_links()
            raise Problem("busy", error.what, retry_after=error.retry_after) from error
        self.counts["events"] += stored.events
        self.counts["repeats"] += stored.repeats
        if stored.offset is not None:
            self.counts["rejected"] += len(to.rejected)
            self.counts["changes"] += len(to.changes)
        return stored.repeats

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """The whole body; Problem too_large as soon as it is known to be, without reading the rest."""
        told = headers.get("content-length", "")
        if told.isdigit() and int(told) > self._raw_limit:
            raise Problem("too_large", f"the body has {told} bytes; at most {self._raw_limit} are taken")
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Problem("malformed", "the sender went away")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._raw_limit:
                raise Problem("too_large", f"the body has more than {self._raw_limit} bytes")
            if not message.get("more_body"):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _other(self, request: Request, receive: Receive) -> Reply:
        """What is asked besides events."""
        answer = self._answers.get(request.path)
        if answer:
            try:
                await self._body(request.headers, receive)
            except Problem as problem:
                return json_reply({"code": problem.code, "message": problem.message}, problem.status)
            return answer(request)
        if request.path == "/health":
            return json_reply({"ok": True, **self.counts})
        known = sorted(path for path in self._events if path.count("/") < 3)
        return json_reply({"code": "not_found", "message": "nothing is collected here", "paths": known}, 404)

    def _cors(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """Pages may send from the origins that the settings allow; text/plain needs no asking beforehand."""
        origin = headers.get("origin")
        if not origin or not ("*" in self._origins or origin in self._origins):
            return []
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", _wanted(headers).encode("latin-1")),
            (b"access-control-max-age", b"86400"),
            (b"vary", b"Origin"),
        ]


def _wanted(headers: Mapping[str, str]) -> str:
    return headers.get("access-control-request-headers") or _ALLOWED


__all__ = ["ENDPOINTS", "Collector"]
