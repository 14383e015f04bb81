"""What every channel promises: to send one message, and to read the receipts its provider brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, Self

from pydantic import Field, model_validator

from liuke.act.outbox.delivery import OnUnsure
from liuke.act.outbox.http_call import Call
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Result
from liuke.errors import Wrong, YourMistake
from liuke.yaml_file import Document

ReceiptKind = Literal["delivered", "undelivered", "opened", "clicked", "refused"]
"""refused: the customer wants no more of this. A request to a core system is delivered when it is carried out."""


class ChannelSettings(Document):
    """What every channel of channels.yaml may set beside its own.

    per_second, burst: how fast it may send, over all senders together. parallel: threads of one sender. batch: messages
    leased at once (1 where the gateway knows no idempotency). timeout_seconds: of one call; lease_seconds: after which
    another sender takes over what one had. strikes, first_wait_seconds, longest_wait_seconds: see
    RetryTerms. on_unsure: see RetryTerms; counts only where the gateway knows no idempotency.
    """

    per_second: float | None = Field(10, gt=0, le=10_000)
    burst: int = Field(10, ge=1)
    parallel: int = Field(1, ge=1, le=32)
    batch: int = Field(20, ge=1, le=500)
    timeout_seconds: float = Field(10, gt=0, le=120)
    lease_seconds: float = Field(120, gt=0, le=3600)
    strikes: int = Field(8, ge=1, le=50)
    first_wait_seconds: float = Field(5, gt=0)
    longest_wait_seconds: float = Field(3600, gt=0)
    on_unsure: OnUnsure = "resend"
    trip: int = Field(5, ge=1)
    pause_seconds: float = Field(30, gt=0)

    @model_validator(mode="after")
    def _lease_outlasts_a_call(self) -> Self:
        if self.lease_seconds <= self.timeout_seconds:
            raise Wrong(
                "short_lease", "lease_seconds ({lease}) must be longer than timeout_seconds ({call})",
                lease=self.lease_seconds, call=self.timeout_seconds,
            )  # fmt: skip
        return self


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request that a provider makes. headers: names in small letters."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message. Found by key or provider_id, or, for a reply, by the address it came from.

    at: when it happened, aware UTC. code: the provider's, without persons.
    """

    kind: ReceiptKind
    at: datetime
    key: str = ""
    provider_id: str = ""
    address: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a provider brought, and what it expects as answer."""

    receipts: tuple[Receipt, ...] = ()
    answer: bytes = b'{"code":0}'
    media_type: str = "application/json"


class NotGenuine(YourMistake):
    """The request does not bear the signature or token that only the provider has."""


class Channel(Protocol):
    """One way out, opened with its settings and secrets. idempotent: the gateway knows a key it has seen."""

    @property
    def medium(self) -> Medium | None:
        """Of the address it needs; None: it needs none."""

    @property
    def idempotent(self) -> bool:
        """Whether a message sent again under the same key is one message to the receiver."""

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """Tries once. Never raises for what a gateway may do; raises OurBug and YourMistake only."""

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """Reads receipts. Raises NotGenuine, or YourMistake for what cannot be read."""


@dataclass(frozen=True, slots=True)
class Means:
    """What channels are opened with. home: where files of secrets lie. call: HTTP. desk: takes RM orders, returns
    the order's number; it must know a loop it has seen.
    """

    home: Path
    call: Call
    desk: Callable[[Message], str] | None = None


def no_receipts(kind: str) -> NotGenuine:
    """For channels whose provider brings none."""
    return NotGenuine(f"a channel of kind {kind} takes no receipts", state="nothing was changed")
