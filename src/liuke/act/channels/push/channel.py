"""Posts one push as JSON with key and signature; takes receipts under the same signature."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken
from liuke.act.outbox.http_call import Call
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.own_receipts import read_receipts
from liuke.act.outbox.result import Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.signed_post import Entry, signed_post
from liuke.act.outbox.signing import check_signed


class PushSettings(ChannelSettings):
    """A push service. secret: signs requests both ways. idempotent: it knows an Idempotency-Key it has seen."""

    kind: Literal["push"]
    url: str = Field(pattern=r"^https?://")
    secret: Secret
    idempotent: bool = True


@dataclass(frozen=True, slots=True)
class PushChannel:
    """See PushSettings."""

    settings: PushSettings
    secret: str = field(repr=False)
    call: Call
    medium: ClassVar[Medium | None] = "push"

    @property
    def idempotent(self) -> bool:
        """As the bank says of its service."""
        return self.settings.idempotent

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """One push to one device or user of the app."""
        body = {"key": message.key, "to": address, "title": message.title, "text": message.text, "data": message.data}
        entry = Entry(self.settings.url, self.secret, self.settings.timeout_seconds)
        return signed_post(self.call, entry, message.key, body, now)

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """`[{"key": …, "kind": "delivered | undelivered | opened | clicked | refused", "at": ISO 8601}]`."""
        check_signed(incoming, self.secret, now)
        return Taken(read_receipts(incoming.body, now))


def open_push(settings: PushSettings, means: Means) -> PushChannel:
    """Reads the secret. Raises YourMistake when it is missing."""
    return PushChannel(settings, settings.secret.read(means.home), means.call)
