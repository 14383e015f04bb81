"""A group's robot: text for the whole group at an address of its own; it brings no receipts and knows no repeats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from liuke.act.outbox.channel import Incoming, Taken, no_receipts
from liuke.act.outbox.http_call import Ask, Call
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Result
from liuke.act.outbox.vendor import Codes, robot_result


@dataclass(frozen=True, slots=True)
class GroupRobot:
    """kind: of its channel. ask: the vendor's request for a text at a moment; it holds the secrets."""

    kind: str
    codes: Codes
    call: Call
    ask: Callable[[str, datetime], Ask] = field(repr=False)
    medium: ClassVar[Medium | None] = None
    idempotent: ClassVar[bool] = False

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To the group."""
        return robot_result(self.call(self.ask(message.text, now)), self.codes)

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts(self.kind)
