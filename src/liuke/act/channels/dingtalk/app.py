"""Work notifications 工作通知 to members. DingTalk shows the same text to the same member once a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal
from urllib.parse import urlencode

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken, no_receipts
from liuke.act.outbox.http_call import Ask, Call, json_ask
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Accepted, Result, Retry
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.token import Stale, Token, TokenKeeper, with_token
from liuke.act.outbox.vendor import Codes, fetched, vendor_answer

_CODES: Final = Codes(
    "errcode",
    busy=frozenset({-1, 88, 90018, 143103, 143104, 1430003}),
    ours=frozenset({33012, 40078, 40089, 50002}),
    stale=frozenset({40001, 40014, 42001}),
)


class DingtalkAppSettings(ChannelSettings):
    """An app of the bank's DingTalk. app_key, app_secret: also called client id and secret."""

    kind: Literal["dingtalk_app"]
    app_key: str = Field(min_length=1)
    app_secret: Secret
    agent_id: int
    api: str = Field("https://oapi.dingtalk.com", pattern=r"^https?://")


@dataclass(frozen=True, slots=True)
class DingtalkApp:
    """See DingtalkAppSettings. DingTalk itself drops a repeat of the same text to the same member on the same day."""

    settings: DingtalkAppSettings
    tokens: TokenKeeper
    call: Call
    medium: ClassVar[Medium | None] = "dingtalk"
    idempotent: ClassVar[bool] = True

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To one member."""
        return with_token(self.tokens, now, lambda token: self._try(token, message, address))

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts("dingtalk_app")

    def _try(self, token: str, message: Message, address: str) -> Result | Stale:
        path = "/topapi/message/corpconversation/asyncsend_v2"
        url = f"{self.settings.api}{path}?{urlencode({'access_token': token})}"
        text = {"msgtype": "text", "text": {"content": message.text}}
        body = {"agent_id": self.settings.agent_id, "userid_list": address, "msg": text}
        told = vendor_answer(self.call(json_ask(url, body, self.settings.timeout_seconds)), _CODES)
        return Accepted(str(told.get("task_id", ""))) if isinstance(told, Mapping) else told


def open_dingtalk_app(settings: DingtalkAppSettings, means: Means) -> DingtalkApp:
    """Reads the secret. Raises YourMistake when it is missing."""
    asked = urlencode({"appkey": settings.app_key, "appsecret": settings.app_secret.read(means.home)})

    def fetch() -> Token | Retry:
        told = fetched(
            means.call(Ask("GET", f"{settings.api}/gettoken?{asked}", timeout=settings.timeout_seconds)), _CODES
        )
        if isinstance(told, Retry):
            return told
        return Token(str(told.get("access_token", "")), timedelta(seconds=int(told.get("expires_in", 7200))))

    return DingtalkApp(settings, TokenKeeper(fetch), means.call)
