"""An app of the bank in a vendor's messenger: text to one member, under a token; it brings no receipts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from liuke.act.outbox.channel import Incoming, Taken, no_receipts
from liuke.act.outbox.http_call import Ask, Call
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Refused, Result, Retry
from liuke.act.outbox.token import Stale, Token, TokenKeeper, with_token
from liuke.act.outbox.vendor import Codes, fetched, vendor_answer

_LASTS: Final = 7200


@dataclass(frozen=True, slots=True)
class MemberApp:
    """kind: of its channel. ask: the vendor's request by token, message and member; read: what its success means.

    All three vendors drop a repeat of the same message by themselves, each within its own time.
    """

    kind: str
    medium: Medium
    codes: Codes
    tokens: TokenKeeper
    call: Call
    ask: Callable[[str, Message, str], Ask]
    read: Callable[[Mapping[str, Any]], Result]
    idempotent: ClassVar[bool] = True

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """To one member."""
        return with_token(self.tokens, now, lambda token: self._try(token, message, address))

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come."""
        raise no_receipts(self.kind)

    def _try(self, token: str, message: Message, address: str) -> Result | Stale:
        told = vendor_answer(self.call(self.ask(token, message, address)), self.codes)
        return told if isinstance(told, (Retry, Refused, Stale)) else self.read(told)


def token_keeper(call: Call, ask: Ask, codes: Codes, *, field: str, lasts: str) -> TokenKeeper:
    """Fetches by `ask`; field, lasts: those of the answer that hold the token and its seconds."""

    def fetch() -> Token | Retry:
        told = fetched(call(ask), codes)
        if isinstance(told, Retry):
            return told
        return Token(str(told.get(field, "")), timedelta(seconds=int(told.get(lasts, _LASTS))))

    return TokenKeeper(fetch)
