"""One HTTP request to a gateway: no redirects, a bounded answer, and the difference between not sent and unsure.

The standard library's client with a new connection per call: on a kept one nobody can tell whether a request that met
its closing was taken.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from liuke.act.outbox.result import Refused, Retry

_LARGEST: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. Addresses, headers and bodies hold secrets and persons: none of them is shown."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. headers: names in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The object in the body; empty when there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer. sent: the request may have reached the gateway."""

    code: str
    sent: bool


Call: TypeAlias = Callable[[Ask], Answer | Unreachable]


def call(ask: Ask, proxy: str | None = None) -> Answer | Unreachable:
    """Makes the request. proxy: http://host:port, for a bank whose servers reach the outside through one."""
    target, through = urlsplit(ask.url), urlsplit(proxy) if proxy else None
    near = through or target
    secure = target.scheme == "https"
    port = near.port or (443 if secure and not through else 80)
    host, context = near.hostname or "", ssl.create_default_context() if secure else None
    connection = (
        http.client.HTTPSConnection(host, port, timeout=ask.timeout, context=context)
        if secure
        else http.client.HTTPConnection(host, port, timeout=ask.timeout)
    )
    if through and secure:
        connection.set_tunnel(target.hostname or "", target.port or 443)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    try:
        return _exchange(connection, ask, ask.url if through and not secure else path)
    finally:
        connection.close()


def _exchange(connection: http.client.HTTPConnection, ask: Ask, path: str) -> Answer | Unreachable:
    try:
        connection.connect()
    except OSError as error:
        return Unreachable(_code(error), sent=False)
    try:
        connection.request(ask.method, path, ask.body or None, dict(ask.headers))
        got = connection.getresponse()
        body = got.read(_LARGEST)
    except (OSError, http.client.HTTPException) as error:
        return Unreachable(_code(error), sent=True)
    return Answer(got.status, body, {name.lower(): value for name, value in got.getheaders()})


def _code(error: Exception) -> str:
    return "timeout" if isinstance(error, TimeoutError) else "unreachable"


def succeeded(answer: Answer | Unreachable) -> Answer | Retry | Refused:
    """What every HTTP gateway means by its status; the answer itself for a success, whose body then tells.

    401 and 403 are trouble of ours with the gateway, not of the message: it waits until the password is mended.
    """
    if isinstance(answer, Unreachable):
        return Retry(answer.code, down=True, unsure=answer.sent)
    code = f"http_{answer.status}"
    if 200 <= answer.status < 300:
        return answer
    if answer.status in (401, 403, 408, 429, 503):
        return Retry(code, down=True, after=_asked(answer.headers.get("retry-after", "")))
    if answer.status >= 500:
        return Retry(code, down=True, unsure=True)
    return Refused(code)


def _asked(text: str) -> timedelta | None:
    return timedelta(seconds=min(int(text), 3600)) if text.isdigit() else None


def json_ask(url: str, payload: Mapping[str, Any], timeout: float, headers: Mapping[str, str] | None = None) -> Ask:
    """A POST of JSON. The same payload makes the same bytes: some vendors know a repeat by its content."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Ask("POST", url, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body, timeout)
