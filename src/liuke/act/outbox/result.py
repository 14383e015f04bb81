"""What a gateway said about one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is the gateway's now. provider_id: its name for the message, by which receipts may come."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Never by this message: the address does not exist, the text is not allowed. code: short, without persons."""

    code: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. down: the gateway's trouble and not this message's (unreachable, overloaded, our password refused):
    it costs the message no strike. unsure: the gateway may have taken it all the same. after: as the gateway asked.
    """

    code: str
    down: bool = False
    unsure: bool = False
    after: timedelta | None = None


Result: TypeAlias = Accepted | Refused | Retry
