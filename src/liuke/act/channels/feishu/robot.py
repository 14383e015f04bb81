"""A group's robot 自定义机器人 with signature 签名校验. At most 100 messages a minute and 5 a second, says Feishu."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Literal

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken, no_receipts
from liuke.act.outbox.http_call import Call, json_ask
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes, robot_result

_CODES: Final = Codes("code", busy=frozenset({11232}), ours=frozenset({19001, 19021, 19022, 19024}))
"""ours: wrong address, signature, address of the sender or key word."""


class FeishuRobotSettings(ChannelSettings):
    """webhook: the robot's address; secret: of 签名校验. Both are secrets."""

    kind: Literal["feishu_robot"]
    webhook: Secret
    secret: Secret | None = None
    per_second: float | None = 1.5
    burst: int = 5


@dataclass(frozen=True, slots=True)
class FeishuRobot:
    """See FeishuRobotSettings. secret: '' without signature."""

    settings: FeishuRobotSettings
    webhook: str = field(repr=False)
    secret: str = field(repr=False)
    call: Call
    medium: ClassVar[Medium | None] = None
    idempotent: ClassVar[bool] = False

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To the group."""
        signed = signature(self.secret, now) if self.secret else {}
        body = {**signed, "msg_type": "text", "content": {"text": message.text}}
        return robot_result(self.call(json_ask(self.webhook, body, self.settings.timeout_seconds)), _CODES)

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts("feishu_robot")


def signature(secret: str, now: datetime) -> dict[str, str]:
    """Timestamp in seconds, and sign: base64 of HMAC-SHA256, keyed by timestamp, line feed and secret, over nothing."""
    stamp = str(int(now.timestamp()))
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def open_feishu_robot(settings: FeishuRobotSettings, means: Means) -> FeishuRobot:
    """Reads the secrets. Raises YourMistake when one is missing."""
    secret = settings.secret.read(means.home) if settings.secret else ""
    return FeishuRobot(settings, settings.webhook.read(means.home), secret, means.call)
