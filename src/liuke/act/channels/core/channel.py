"""Posts one request object; the answer is yes at once, or later by receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Literal

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken
from liuke.act.outbox.http_call import Call
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.own_receipts import read_receipts
from liuke.act.outbox.result import Refused, Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.signed_post import Entry, signed_post
from liuke.act.outbox.signing import check_signed

REQUESTS: Final = ("limit", "points", "coupon")


class CoreSettings(ChannelSettings):
    """A core system's entry. secret: signs requests both ways. It must know an Idempotency-Key it has seen: a limit
    that is raised twice is a loss, so `on_unsure` is of no use here.
    """

    kind: Literal["core"]
    url: str = Field(pattern=r"^https?://")
    secret: Secret


@dataclass(frozen=True, slots=True)
class CoreChannel:
    """See CoreSettings."""

    settings: CoreSettings
    secret: str = field(repr=False)
    call: Call
    medium: ClassVar[Medium | None] = None
    idempotent: ClassVar[bool] = True

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """One request. `message.data` says which: request (limit, points, coupon) and its own fields.

        2xx: taken; the body's `status` is done or pending, and of pending the receipt tells the end. 4xx: refused.
        """
        if message.data.get("request") not in REQUESTS:
            return Refused("unknown_request")
        body = {"key": message.key, "customer_id": message.customer_id, **message.data}
        entry = Entry(self.settings.url, self.secret, self.settings.timeout_seconds)
        return signed_post(self.call, entry, message.key, body, now)

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """`[{"key": …, "kind": "delivered" (carried out) or "undelivered" (declined), "at": …, "code": …}]`."""
        check_signed(incoming, self.secret, now)
        return Taken(read_receipts(incoming.body, now))


def open_core(settings: CoreSettings, means: Means) -> CoreChannel:
    """Reads the secret. Raises YourMistake when it is missing."""
    return CoreChannel(settings, settings.secret.read(means.home), means.call)
