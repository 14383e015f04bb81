"""A group's robot 自定义机器人 with signature 加签. At most 20 messages a minute, says DingTalk."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Literal
from urllib.parse import urlencode

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken, no_receipts
from liuke.act.outbox.http_call import Call, json_ask
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes, robot_result

_CODES: Final = Codes("errcode", busy=frozenset({-1, 130101, 410100}), ours=frozenset({300001, 310000}))
"""ours: wrong token; signature, key word or address of the sender not as the robot wants it."""


class DingtalkRobotSettings(ChannelSettings):
    """webhook: the robot's address with its access_token; secret: SEC… of 加签. Both are secrets."""

    kind: Literal["dingtalk_robot"]
    webhook: Secret
    secret: Secret | None = None
    per_second: float | None = 0.3
    burst: int = 5


@dataclass(frozen=True, slots=True)
class DingtalkRobot:
    """See DingtalkRobotSettings. secret: '' without signature."""

    settings: DingtalkRobotSettings
    webhook: str = field(repr=False)
    secret: str = field(repr=False)
    call: Call
    medium: ClassVar[Medium | None] = None
    idempotent: ClassVar[bool] = False

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To the group."""
        url = self.webhook + ("&" + urlencode(signature(self.secret, now)) if self.secret else "")
        body = {"msgtype": "text", "text": {"content": message.text}}
        return robot_result(self.call(json_ask(url, body, self.settings.timeout_seconds)), _CODES)

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts("dingtalk_robot")


def signature(secret: str, now: datetime) -> dict[str, str]:
    """Timestamp in milliseconds, and sign: HMAC-SHA256 by the secret over timestamp, line feed, secret, in base64."""
    stamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def open_dingtalk_robot(settings: DingtalkRobotSettings, means: Means) -> DingtalkRobot:
    """Reads the secrets. Raises YourMistake when one is missing."""
    secret = settings.secret.read(means.home) if settings.secret else ""
    return DingtalkRobot(settings, settings.webhook.read(means.home), secret, means.call)
