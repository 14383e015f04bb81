"""Hands one message to the order desk, which opens a work order or enriches an open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken, no_receipts
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Accepted, Refused, Result, Retry
from liuke.errors import OurBug, TryAgain, YourMistake


class RmOrderSettings(ChannelSettings):
    """The order desk of this house."""

    kind: Literal["rm_order"]
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class RmOrderChannel:
    """desk: knows a loop it has seen, so that a repeat opens nothing."""

    settings: RmOrderSettings
    desk: Callable[[Message], str]
    medium: ClassVar[Medium | None] = None
    idempotent: ClassVar[bool] = True

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """One order."""
        try:
            return Accepted(self.desk(message))
        except TryAgain:
            return Retry("desk_busy", down=True)
        except YourMistake:
            return Refused("no_order")

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come: outcomes are logged on the workbench."""
        raise no_receipts("rm_order")


def open_rm_order(settings: RmOrderSettings, means: Means) -> RmOrderChannel:
    """Raises OurBug without a desk."""
    if means.desk is None:
        raise OurBug("the channel rm_order was opened without an order desk", state="nothing was sent")
    return RmOrderChannel(settings, means.desk)
