"""Takes what providers push and customers answer: `POST /receipts/<channel>`, as a bare ASGI application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import structlog
from django.db import close_old_connections
from django.db.utils import OperationalError

from liuke.act.channels.catalogue import read_channels
from liuke.act.outbox.address import address_hash
from liuke.act.outbox.channel import Channel, Incoming, NotGenuine, Taken
from liuke.collect.tracking.running import QuietServer, configured
from liuke.errors import TryAgain, YourMistake
from liuke.sending.answering import Answering, Reply, said
from liuke.sending.points import Resolver
from liuke.sending.running import channels_of, opened_lake
from liuke.state.actions.take_receipts import Came, Noted, take_receipts
from liuke.wiring import House

_PATH: Final = "/receipts/"
_logger = structlog.get_logger()


class Receiver(Answering):
    """The application. key: of pseudonyms, by which refused addresses are known again."""

    def __init__(self, channels: Mapping[str, Channel], resolver: Resolver, key: str) -> None:
        self._channels, self._resolver, self._key = channels, resolver, key

    def reply(self, path: str, incoming: Incoming, now: datetime) -> Reply:
        """What is answered. A provider brings again what was not answered with 200."""
        if path == "/health":
            return Reply(200, b'{"ok":true}')
        name = path.removeprefix(_PATH) if path.startswith(_PATH) else ""
        channel = self._channels.get(name)
        if channel is None or incoming.method not in ("GET", "POST"):
            return said(404, "not_found")
        try:
            close_old_connections()
            taken = channel.take(incoming, now)
            noted = self._noted(name, channel, taken, now)
        except NotGenuine:
            return said(403, "not_genuine")
        except YourMistake as error:
            return said(400, error.what)
        except (TryAgain, OperationalError):
            return said(503, "busy")
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
