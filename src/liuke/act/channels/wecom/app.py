"""Messages of an app 应用消息 to members; WeCom knows repeats by their content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Means
from liuke.act.outbox.http_call import Ask, json_ask
from liuke.act.outbox.member_app import MemberApp, token_keeper
from liuke.act.outbox.message import Message
from liuke.act.outbox.result import Accepted, Refused, Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes

_CODES: Final = Codes(
    "errcode",
    busy=frozenset({-1, 45009, 45033}),
    ours=frozenset({40001, 40013, 40056, 48002, 60020, 301002}),
    stale=frozenset({40014, 41001, 42001}),
)


class WecomAppSettings(ChannelSettings):
    """An app of the bank's WeCom. api: another address where the bank runs WeCom itself.

    A repeat of the same content within `repeats_seconds` reaches the member once.
    """

    kind: Literal["wecom_app"]
    corp_id: str = Field(min_length=1)
    agent_id: int
    secret: Secret
    api: str = Field("https://qyapi.weixin.qq.com", pattern=r"^https?://")
    repeats_seconds: int = Field(14_400, ge=1, le=14_400)


def open_wecom_app(settings: WecomAppSettings, means: Means) -> MemberApp:
    """Reads the secret. Raises YourMistake when it is missing."""
    keys = urlencode({"corpid": settings.corp_id, "corpsecret": settings.secret.read(means.home)})
    fetch = Ask("GET", f"{settings.api}/cgi-bin/gettoken?{keys}", timeout=settings.timeout_seconds)
    tokens = token_keeper(means.call, fetch, _CODES, field="access_token", lasts="expires_in")

    def ask(token: str, message: Message, address: str) -> Ask:
        url = f"{settings.api}/cgi-bin/message/send?{urlencode({'access_token': token})}"
        body = {
            "touser": address,
            "msgtype": "text",
            "agentid": settings.agent_id,
            "text": {"content": message.text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": settings.repeats_seconds,
        }
        return json_ask(url, body, settings.timeout_seconds)

    return MemberApp(settings.kind, "wecom", _CODES, tokens, means.call, ask, _accepted)


def _accepted(told: Mapping[str, Any]) -> Result:
    return Refused("invaliduser") if told.get("invaliduser") else Accepted(str(told.get("msgid", "")))
