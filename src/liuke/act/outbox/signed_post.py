"""A POST to a service that the bank builds itself: with key and signature, answered by status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from liuke.act.outbox.http_call import Answer, Call, json_ask, succeeded
from liuke.act.outbox.result import Accepted, Result
from liuke.act.outbox.signing import signed_headers


@dataclass(frozen=True, slots=True)
class Entry:
    """Where it goes. secret: signs it. timeout: seconds."""

    url: str
    secret: str = field(repr=False)
    timeout: float


def signed_post(call: Call, entry: Entry, key: str, payload: Mapping[str, Any], now: datetime) -> Result:
    """The payload as JSON under an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). `id` names it there."""
    ask = json_ask(entry.url, payload, entry.timeout)
    signed = {**ask.headers, "Idempotency-Key": key, **signed_headers(entry.secret, ask.body, now)}
    answer = succeeded(call(replace(ask, headers=signed)))
    return Accepted(str(answer.json().get("id", ""))) if isinstance(answer, Answer) else answer
