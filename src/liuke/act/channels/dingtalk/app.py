"""Work notifications 工作通知 to members. DingTalk shows the same text to the same member once a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Means
from liuke.act.outbox.http_call import Ask, json_ask
from liuke.act.outbox.member_app import MemberApp, token_keeper
from liuke.act.outbox.message import Message
from liuke.act.outbox.result import Accepted, Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes

_CODES: Final = Codes(
    "errcode",
    busy=frozenset({-1, 88, 90018, 143103, 143104, 1430003}),
    ours=frozenset({33012, 40078, 40089, 50002}),
    stale=frozenset({40001, 40014, 42001}),
)


class DingtalkAppSettings(ChannelSettings):
    """An app of the bank's DingTalk. app_key, app_secret: also called client id and secret.

    DingTalk itself drops a repeat of the same text to the same member on the same day.
    """

    kind: Literal["dingtalk_app"]
    app_key: str = Field(min_length=1)
    app_secret: Secret
    agent_id: int
    api: str = Field("https://oapi.dingtalk.com", pattern=r"^https?://")


def open_dingtalk_app(settings: DingtalkAppSettings, means: Means) -> MemberApp:
    """Reads the secret. Raises YourMistake when it is missing."""
    keys = urlencode({"appkey": settings.app_key, "appsecret": settings.app_secret.read(means.home)})
    fetch = Ask("GET", f"{settings.api}/gettoken?{keys}", timeout=settings.timeout_seconds)
    tokens = token_keeper(means.call, fetch, _CODES, field="access_token", lasts="expires_in")

    def ask(token: str, message: Message, address: str) -> Ask:
        path = "/topapi/message/corpconversation/asyncsend_v2"
        text = {"msgtype": "text", "text": {"content": message.text}}
        body = {"agent_id": settings.agent_id, "userid_list": address, "msg": text}
        return json_ask(f"{settings.api}{path}?{urlencode({'access_token': token})}", body, settings.timeout_seconds)

    return MemberApp(settings.kind, "dingtalk", _CODES, tokens, means.call, ask, _accepted)


def _accepted(told: Mapping[str, Any]) -> Result:
    return Accepted(str(told.get("task_id", "")))
