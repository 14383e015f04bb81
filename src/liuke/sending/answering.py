"""Small services that others call: one method that answers a request, as a bare ASGI application."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from liuke.act.outbox.channel import Incoming

_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """status, body and its type."""

    status: int
    body: bytes
    media_type: str = "application/json"


class Answering(ABC):
    """The application."""

    @abstractmethod
    def reply(self, path: str, incoming: Incoming, now: datetime) -> Reply:
        """What is answered; called in a thread."""

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError(f"requests come by HTTP, not {scope['type']}")
        body = await _body(receive)
        if body is None:
            reply = said(413, "too_large")
        else:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            incoming = Incoming(scope["method"], query, headers, body)
            reply = await asyncio.to_thread(self.reply, scope["path"], incoming, datetime.now(UTC))
        kind = f"{reply.media_type}; charset=utf-8".encode()
        sent = [(b"content-type", kind), (b"content-length", str(len(reply.body)).encode()),
                (b"referrer-policy", b"no-referrer")]  # fmt: skip
        await send({"type": "http.response.start", "status": reply.status, "headers": sent})
        await send({"type": "http.response.body", "body": reply.body})


async def _body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bytes | None:
    """The whole body; None as soon as it is too large."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        more = bool(message.get("more_body")) and message["type"] == "http.request"
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _LARGEST:
            return None
    return b"".join(parts)


def said(status: int, what: str) -> Reply:
    """A status with a word of explanation."""
    return Reply(status, json.dumps({"code": status, "message": what}, ensure_ascii=False).encode())
