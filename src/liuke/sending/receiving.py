"""Takes what providers push and customers answer: `POST /receipts/<channel>`, as a bare ASGI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from django.db import close_old_connections
from django.db.utils import OperationalError

from liuke.act.channels.catalogue import read_channels
from liuke.act.outbox.address import address_hash
from liuke.act.outbox.channel import Channel, Incoming, NotGenuine, Taken
from liuke.collect.tracking.running import QuietServer, configured
from liuke.errors import TryAgain, YourMistake
from liuke.sending.points import Resolver
from liuke.sending.running import channels_of, opened_lake
from liuke.state.actions.take_receipts import Came, Noted, take_receipts
from liuke.wiring import House

_LARGEST: Final = 1 << 20
_PATH: Final = "/receipts/"
_logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """status, body and its type."""

    status: int
    body: bytes
    media_type: str = "application/json"


class Receiver:
    """The application. key: of pseudonyms, by which refused addresses are known again."""

    def __init__(self, channels: Mapping[str, Channel], resolver: Resolver, key: str) -> None:
        self._channels, self._resolver, self._key = channels, resolver, key

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError(f"receipts come by HTTP, not {scope['type']}")
        body = await _body(receive)
        if body is None:
            reply = _said(413, "too_large")
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

    def reply(self, path: str, incoming: Incoming, now: datetime) -> Reply:
        """What is answered. A provider brings again what was not answered with 200."""
        if path == "/health":
            return Reply(200, b'{"ok":true}')
        name = path.removeprefix(_PATH) if path.startswith(_PATH) else ""
        channel = self._channels.get(name)
        if channel is None or incoming.method not in ("GET", "POST"):
            return _said(404, "not_found")
        try:
            close_old_connections()
            taken = channel.take(incoming, now)
            noted = self._noted(name, channel, taken, now)
        except NotGenuine:
            return _said(403, "not_genuine")
        except YourMistake as error:
            return _said(400, error.what)
        except (TryAgain, OperationalError):
            return _said(503, "busy")
        if noted.unknown:
            _logger.warning("receipts of unknown messages", channel=name, unknown=noted.unknown)
        return Reply(200, taken.answer, taken.media_type)

    def _noted(self, name: str, channel: Channel, taken: Taken, now: datetime) -> Noted:
        medium = channel.medium
        if not taken.receipts:
            return Noted()
        came = Came(
            name,
            medium,
            lambda address: address_hash(medium, address, self._key) if medium else "",
            lambda address: self._resolver.owners(medium, address) if medium else (),
        )
        return take_receipts(taken.receipts, came, now=now)


def receive(house: House, *, host: str, port: int, started: Callable[[list[str]], None]) -> None:
    """Listens until SIGINT or SIGTERM. The state database must have been started."""
    file = read_channels(house.home)
    channels = channels_of(house, file)
    with opened_lake(house, file) as (resolver, _):
        started(sorted(channels))
        receiver = Receiver(channels, resolver, house.pseudonym_key())
        QuietServer(configured(receiver, host=host, port=port)).run()


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


def _said(status: int, what: str) -> Reply:
    return Reply(status, json.dumps({"code": status, "message": what}, ensure_ascii=False).encode())
