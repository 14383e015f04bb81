"""Messages of an app 应用消息 to members; WeCom knows repeats by their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal
from urllib.parse import urlencode

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken, no_receipts
from liuke.act.outbox.http_call import Ask, Call, json_ask
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Accepted, Refused, Result, Retry
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.token import Stale, Token, TokenKeeper, with_token
from liuke.act.outbox.vendor import Codes, fetched, vendor_answer

_CODES: Final = Codes(
    "errcode",
    busy=frozenset({-1, 45009, 45033}),
    ours=frozenset({40001, 40013, 40056, 48002, 60020, 301002}),
    stale=frozenset({40014, 41001, 42001}),
)


class WecomAppSettings(ChannelSettings):
    """An app of the bank's WeCom. api: another address where the bank runs WeCom itself."""

    kind: Literal["wecom_app"]
    corp_id: str = Field(min_length=1)
    agent_id: int
    secret: Secret
    api: str = Field("https://qyapi.weixin.qq.com", pattern=r"^https?://")
    repeats_seconds: int = Field(14_400, ge=1, le=14_400)


@dataclass(frozen=True, slots=True)
class WecomApp:
    """See WecomAppSettings. A repeat of the same content within `repeats_seconds` reaches the member once."""

    settings: WecomAppSettings
    tokens: TokenKeeper
    call: Call
    medium: ClassVar[Medium | None] = "wecom"
    idempotent: ClassVar[bool] = True

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To one member."""
        return with_token(self.tokens, now, lambda token: self._try(token, message, address))

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts("wecom_app")

    def _try(self, token: str, message: Message, address: str) -> Result | Stale:
        url = f"{self.settings.api}/cgi-bin/message/send?{urlencode({'access_token': token})}"
        answer = self.call(json_ask(url, self._body(message, address), self.settings.timeout_seconds))
        told = vendor_answer(answer, _CODES)
        if not isinstance(told, Mapping):
            return told
        return Refused("invaliduser") if told.get("invaliduser") else Accepted(str(told.get("msgid", "")))

    def _body(self, message: Message, address: str) -> dict[str, Any]:
        return {
            "touser": address,
            "msgtype": "text",
            "agentid": self.settings.agent_id,
            "text": {"content": message.text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": self.settings.repeats_seconds,
        }


def open_wecom_app(settings: WecomAppSettings, means: Means) -> WecomApp:
    """Reads the secret. Raises YourMistake when it is missing."""
    asked = urlencode({"corpid": settings.corp_id, "corpsecret": settings.secret.read(means.home)})

    def fetch() -> Token | Retry:
        answer = means.call(Ask("GET", f"{settings.api}/cgi-bin/gettoken?{asked}", timeout=settings.timeout_seconds))
        told = fetched(answer, _CODES)
        if isinstance(told, Retry):
            return told
        return Token(str(told.get("access_token", "")), timedelta(seconds=int(told.get("expires_in", 7200))))

    return WecomApp(settings, TokenKeeper(fetch), means.call)
