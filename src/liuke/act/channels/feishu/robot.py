"""A group's robot 自定义机器人 with signature 签名校验. At most 100 messages a minute and 5 a second, says Feishu."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final, Literal

from liuke.act.outbox.channel import ChannelSettings, Means
from liuke.act.outbox.group_robot import GroupRobot
from liuke.act.outbox.http_call import Ask, json_ask
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes

_CODES: Final = Codes("code", busy=frozenset({11232}), ours=frozenset({19001, 19021, 19022, 19024}))
"""ours: wrong address, signature, address of the sender or key word."""


class FeishuRobotSettings(ChannelSettings):
    """webhook: the robot's address; secret: of 签名校验. Both are secrets."""

    kind: Literal["feishu_robot"]
    webhook: Secret
    secret: Secret | None = None
    per_second: float | None = 1.5
    burst: int = 5


def signature(secret: str, now: datetime) -> dict[str, str]:
    """Timestamp in seconds, and sign: base64 of HMAC-SHA256, keyed by timestamp, line feed and secret, over nothing."""
    stamp = str(int(now.timestamp()))
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def open_feishu_robot(settings: FeishuRobotSettings, means: Means) -> GroupRobot:
    """Reads the secrets. Raises YourMistake when one is missing."""
    webhook = settings.webhook.read(means.home)
    secret = settings.secret.read(means.home) if settings.secret else ""

    def ask(text: str, now: datetime) -> Ask:
        signed = signature(secret, now) if secret else {}
        return json_ask(webhook, {**signed, "msg_type": "text", "content": {"text": text}}, settings.timeout_seconds)

    return GroupRobot(settings.kind, _CODES, means.call, ask)
