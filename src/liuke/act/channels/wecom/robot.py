"""A group's robot 群机器人: one address that holds its key. At most 20 messages a minute, says WeCom."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from liuke.act.outbox.channel import ChannelSettings, Means
from liuke.act.outbox.group_robot import GroupRobot
from liuke.act.outbox.http_call import Ask, json_ask
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes

_CODES: Final = Codes("errcode", busy=frozenset({-1, 45009, 45033}), ours=frozenset({93000, 93008}))
"""ours: the robot's key is wrong, or the robot was removed."""


class WecomRobotSettings(ChannelSettings):
    """webhook: the robot's whole address, a secret."""

    kind: Literal["wecom_robot"]
    webhook: Secret
    per_second: float | None = 0.3
    burst: int = 5


def open_wecom_robot(settings: WecomRobotSettings, means: Means) -> GroupRobot:
    """Reads the address. Raises YourMistake when it is missing."""
    webhook = settings.webhook.read(means.home)

    def ask(text: str, now: datetime) -> Ask:
        return json_ask(webhook, {"msgtype": "text", "text": {"content": text}}, settings.timeout_seconds)

    return GroupRobot(settings.kind, _CODES, means.call, ask)
