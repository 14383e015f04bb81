"""Messages of an app 应用消息 to members, each under a uuid that Feishu knows again for an hour."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Means
from liuke.act.outbox.http_call import Ask, json_ask
from liuke.act.outbox.member_app import MemberApp, token_keeper
from liuke.act.outbox.message import Message
from liuke.act.outbox.result import Accepted, Result
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.vendor import Codes

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


def uuid_of(key: str) -> str:
    """The key as Feishu takes it: at most 50 letters."""
    return key if len(key) <= _LONGEST_UUID else hashlib.sha256(key.encode()).hexdigest()[:40]


def open_feishu_app(settings: FeishuAppSettings, means: Means) -> MemberApp:
    """Reads the secret. Raises YourMistake when it is missing."""
    keys = {"app_id": settings.app_id, "app_secret": settings.app_secret.read(means.home)}
    fetch = json_ask(f"{settings.api}/open-apis/auth/v3/tenant_access_token/internal", keys, settings.timeout_seconds)
    tokens = token_keeper(means.call, fetch, _CODES, field="tenant_access_token", lasts="expire")

    def ask(token: str, message: Message, address: str) -> Ask:
        url = f"{settings.api}/open-apis/im/v1/messages?receive_id_type={settings.id_type}"
        body = {
            "receive_id": address,
            "msg_type": "text",
            "content": json.dumps({"text": message.text}, ensure_ascii=False),
            "uuid": uuid_of(message.key),
        }
        return json_ask(url, body, settings.timeout_seconds, {"Authorization": f"Bearer {token}"})

    return MemberApp(settings.kind, "feishu", _CODES, tokens, means.call, ask, _accepted)


def _accepted(told: Mapping[str, Any]) -> Result:
    data = told.get("data")
    return Accepted(str(data.get("message_id", "")) if isinstance(data, Mapping) else "")
