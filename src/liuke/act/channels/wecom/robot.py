"""A group's robot 群机器人: one address that holds its key. At most 20 messages a minute, says WeCom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Literal

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken, no_receipts
from liuke.act.outbox.http_call import Call, json_ask
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes, robot_result

_CODES: Final = Codes("errcode", busy=frozenset({-1, 45009, 45033}), ours=frozenset({93000, 93008}))
"""ours: the robot's key is wrong, or the robot was removed."""


class WecomRobotSettings(ChannelSettings):
    """webhook: the robot's whole address, a secret."""

    kind: Literal["wecom_robot"]
    webhook: Secret
    per_second: float | None = 0.3
    burst: int = 5


@dataclass(frozen=True, slots=True)
class WecomRobot:
    """See WecomRobotSettings."""

    settings: WecomRobotSettings
    webhook: str = field(repr=False)
    call: Call
    medium: ClassVar[Medium | None] = None
    idempotent: ClassVar[bool] = False

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To the group."""
        body = {"msgtype": "text", "text": {"content": message.text}}
        return robot_result(self.call(json_ask(self.webhook, body, self.settings.timeout_seconds)), _CODES)

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts("wecom_robot")


def open_wecom_robot(settings: WecomRobotSettings, means: Means) -> WecomRobot:
    """Reads the address. Raises YourMistake when it is missing."""
    return WecomRobot(settings, settings.webhook.read(means.home), means.call)
