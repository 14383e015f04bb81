"""Messages of an app 应用消息 to members, each under a uuid that Feishu knows again for an hour."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Taken, no_receipts
from liuke.act.outbox.http_call import Call, json_ask
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Accepted, Result, Retry
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.token import Stale, Token, TokenKeeper, with_token
from liuke.act.outbox.vendor import Codes, fetched, vendor_answer

_CODES: Final = Codes(
    "code",
    busy=frozenset({230020, 99991400}),
    ours=frozenset({10003, 10014, 230006, 99991672}),
    stale=frozenset({99991661, 99991663, 99991664, 99991665, 99991668}),
)
_LONGEST_UUID: Final = 50


class FeishuAppSettings(ChannelSettings):
    """An app of the bank's Feishu. id_type: what the addresses in contact_point are."""

    kind: Literal["feishu_app"]
    app_id: str = Field(min_length=1)
    app_secret: Secret
    id_type: Literal["open_id", "user_id", "union_id", "email"] = "user_id"
    api: str = Field("https://open.feishu.cn", pattern=r"^https?://")


@dataclass(frozen=True, slots=True)
class FeishuApp:
    """See FeishuAppSettings."""

    settings: FeishuAppSettings
    tokens: TokenKeeper
    call: Call
    medium: ClassVar[Medium | None] = "feishu"
    idempotent: ClassVar[bool] = True

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To one member."""
        return with_token(self.tokens, now, lambda token: self._try(token, message, address))

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts("feishu_app")

    def _try(self, token: str, message: Message, address: str) -> Result | Stale:
        url = f"{self.settings.api}/open-apis/im/v1/messages?receive_id_type={self.settings.id_type}"
        body = {
            "receive_id": address,
            "msg_type": "text",
            "content": json.dumps({"text": message.text}, ensure_ascii=False),
            "uuid": uuid_of(message.key),
        }
        signed = {"Authorization": f"Bearer {token}"}
        told = vendor_answer(self.call(json_ask(url, body, self.settings.timeout_seconds, signed)), _CODES)
        if not isinstance(told, Mapping):
            return told
        data = told.get("data")
        return Accepted(str(data.get("message_id", "")) if isinstance(data, Mapping) else "")


def uuid_of(key: str) -> str:
    """The key as Feishu takes it: at most 50 letters."""
    return key if len(key) <= _LONGEST_UUID else hashlib.sha256(key.encode()).hexdigest()[:40]


def open_feishu_app(settings: FeishuAppSettings, means: Means) -> FeishuApp:
    """Reads the secret. Raises YourMistake when it is missing."""
    asked = {"app_id": settings.app_id, "app_secret": settings.app_secret.read(means.home)}
    url = f"{settings.api}/open-apis/auth/v3/tenant_access_token/internal"

    def fetch() -> Token | Retry:
        told = fetched(means.call(json_ask(url, asked, settings.timeout_seconds)), _CODES)
        if isinstance(told, Retry):
            return told
        return Token(str(told.get("tenant_access_token", "")), timedelta(seconds=int(told.get("expire", 7200))))

    return FeishuApp(settings, TokenKeeper(fetch), means.call)
