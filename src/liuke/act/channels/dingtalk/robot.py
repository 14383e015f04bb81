"""A group's robot 自定义机器人 with signature 加签. At most 20 messages a minute, says DingTalk."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlencode

from liuke.act.outbox.channel import ChannelSettings, Means
from liuke.act.outbox.group_robot import GroupRobot
from liuke.act.outbox.http_call import Ask, json_ask
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes

_CODES: Final = Codes("errcode", busy=frozenset({-1, 130101, 410100}), ours=frozenset({300001, 310000}))
"""ours: wrong token; signature, key word or address of the sender not as the robot wants it."""


class DingtalkRobotSettings(ChannelSettings):
    """webhook: the robot's address with its access_token; secret: SEC… of 加签. Both are secrets."""

    kind: Literal["dingtalk_robot"]
    webhook: Secret
    secret: Secret | None = None
    per_second: float | None = 0.3
    burst: int = 5


def signature(secret: str, now: datetime) -> dict[str, str]:
    """Timestamp in milliseconds, and sign: HMAC-SHA256 by the secret over timestamp, line feed, secret, in base64."""
    stamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def open_dingtalk_robot(settings: DingtalkRobotSettings, means: Means) -> GroupRobot:
    """Reads the secrets. Raises YourMistake when one is missing."""
    webhook = settings.webhook.read(means.home)
    secret = settings.secret.read(means.home) if settings.secret else ""

    def ask(text: str, now: datetime) -> Ask:
        url = webhook + ("&" + urlencode(signature(secret, now)) if secret else "")
        return json_ask(url, {"msgtype": "text", "text": {"content": text}}, settings.timeout_seconds)

    return GroupRobot(settings.kind, _CODES, means.call, ask)
