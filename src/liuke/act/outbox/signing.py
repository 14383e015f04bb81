"""Signatures over requests, ours and providers': HMAC-SHA256, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from liuke.act.outbox.channel import Incoming, NotGenuine

SIGNATURE: Final = "x-liuke-signature"
TIMESTAMP: Final = "x-liuke-timestamp"
_SKEW: Final = timedelta(minutes=5)


def sign(secret: str, stamp: str, body: bytes) -> str:
    """`sha256=` and the hexadecimal HMAC over `stamp.body`."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed_headers(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """Headers by which the receiver knows that the request is ours and of now."""
    stamp = str(int(now.timestamp()))
    return {"X-Liuke-Timestamp": stamp, "X-Liuke-Signature": sign(secret, stamp, body)}


def check_signed(incoming: Incoming, secret: str, now: datetime) -> None:
    """Raises NotGenuine unless the request bears our kind of signature of the last five minutes."""
    stamp = incoming.headers.get(TIMESTAMP, "")
    fresh = stamp.isdigit() and abs(now.timestamp() - int(stamp)) <= _SKEW.total_seconds()
    given = incoming.headers.get(SIGNATURE, "")
    if not fresh or not hmac.compare_digest(sign(secret, stamp, incoming.body).encode(), given.encode()):
        raise not_genuine()


def check_token(incoming: Incoming, secret: str) -> None:
    """For providers that cannot sign: a token in the address or as bearer. Raises NotGenuine."""
    given = incoming.query.get("token") or incoming.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(secret.encode(), given.encode()):
        raise not_genuine()


def not_genuine() -> NotGenuine:
    """The same words whatever was wrong."""
    return NotGenuine("the request is not signed by the provider", state="nothing was changed")
