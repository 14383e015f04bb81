"""Access tokens of vendors' app interfaces: fetched once, kept until shortly before they end, for all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from liuke.act.outbox.result import Result, Retry

_EARLY: Final = timedelta(minutes=3)
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Token:
    """text: the token; lasts: as the vendor told."""

    text: str = field(repr=False)
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Stale:
    """The vendor does not know the token any more. code: as it said."""

    code: str


class TokenKeeper:
    """fetch: asks the vendor, once at a time."""

    def __init__(self, fetch: Callable[[], Token | Retry]) -> None:
        self._fetch, self._lock = fetch, threading.Lock()
        self._text, self._until = "", _NEVER

    def get(self, now: datetime) -> str | Retry:
        """A token that is good at `now`, or why there is none."""
        with self._lock:
            if now < self._until:
                return self._text
            got = self._fetch()
            if not isinstance(got, Token):
                return got
            self._text, self._until = got.text, now + max(got.lasts - _EARLY, got.lasts / 2)
            return self._text

    def forget(self, text: str) -> None:
        """The vendor does not know this token any more."""
        with self._lock:
            if self._text == text:
                self._text, self._until = "", _NEVER


def with_token(tokens: TokenKeeper, now: datetime, attempt: Callable[[str], Result | Stale]) -> Result:
    """The attempt with a good token; a second time with a new one when the vendor does not know the first any more."""
    for _ in range(2):
        token = tokens.get(now)
        if isinstance(token, Retry):
            return token
        result = attempt(token)
        if not isinstance(result, Stale):
            return result
        tokens.forget(token)
    return Retry("token_refused", down=True)
