"""Errors as JSON problem details (RFC 9457): what went wrong, and nothing about a customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from django.http import HttpResponse

Code = Literal[
    "no_key", "revoked", "expired", "scope", "purpose", "unknown", "invalid", "too_many", "no_data", "try_again",
    "broken", "too_large", "code", "no_application", "changed", "ended",
]  # fmt: skip
_KNOWN: Final[dict[Code, tuple[int, str, str]]] = {
    "no_key": (401, "没有有效的密钥 No valid key", "send 'Authorization: Bearer lk_…' with a key of this bank"),
    "revoked": (401, "密钥已吊销 The key was revoked", "ask an administrator for a new key"),
    "expired": (401, "密钥已过期 The key has expired", "ask an administrator for a new key"),
    "scope": (403, "密钥无此权限 Not in the key's scopes", "ask an administrator for a key with this scope"),
    "purpose": (403, "密钥无此用途 Not one of the key's purposes", "state a purpose the key was made for"),
    "unknown": (404, "没有这位客户 No such customer", "there is no such customer among those the key may see"),
    "invalid": (422, "请求有误 The request is wrong", "mend the fields named in errors"),
    "too_large": (413, "请求过大 Too large", "no question needs a body of this size"),
    "too_many": (429, "请求过多 Too many requests", "wait for as many seconds as Retry-After says"),
    "no_data": (503, "还没有数据 No data yet", "run the day once: liuke run"),
    "try_again": (503, "系统正忙 Busy", "ask again in a moment"),
    "code": (422, "不是进度码 Not a progress code", "check the code, letter by letter; nothing was looked up"),
    "no_application": (404, "没有这笔申请 No such application", "nothing the key may see is opened by this"),
    "changed": (409, "申请已在别处办理 Continued elsewhere", "look the application up again; nothing was recorded"),
    "ended": (409, "申请已结束 The application has ended", "begin a new application; nothing was recorded"),
    "broken": (500, "出了故障 Something broke", "look into the server's log"),
}


class Problem(Exception):
    """An answer that is no answer. code: one of the known; more: further members; retry_after: whole seconds."""

    def __init__(self, code: Code, *, retry_after: int | None = None, more: Mapping[str, Any] | None = None) -> None:
        self.code, self.retry_after, self.more = code, retry_after, dict(more or {})
        super().__init__(code)

    def response(self) -> HttpResponse:
        """As HTTP says it."""
        status, title, detail = _KNOWN[self.code]
        body = {
            "type": f"urn:liuke:problem:{self.code}",
            "title": title,
            "status": status,
            "detail": detail,
        } | self.more
        answer = HttpResponse(
            json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json"
        )
        if status == 401:
            answer["WWW-Authenticate"] = "Bearer"
        if self.retry_after is not None:
            answer["Retry-After"] = str(self.retry_after)
        return answer
