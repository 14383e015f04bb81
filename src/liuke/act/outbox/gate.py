"""Looking again before a message goes out: what the decision found may have changed since.

A gate is asked for a batch, because consent lies in the lake and is read once for all; `may_send` asks it for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from liuke.act.outbox.message import Message


@dataclass(frozen=True, slots=True)
class Finding:
    """What stops a message. gate: in the words of the gate chain (consent, refusal, window …). rule: the rule's name.

    fact: short, without persons. may_change_at: from when it may go, aware UTC; None: it is not sent any more.
    """

    gate: str
    rule: str
    fact: str = ""
    may_change_at: datetime | None = None


Gate: TypeAlias = Callable[[Sequence[Message], datetime], Mapping[str, Finding]]
"""(messages, now) → what stops some of them, by key; those without a finding may be sent."""


def may_send(gate: Gate, message: Message, now: datetime) -> Finding | None:
    """What stops this one message; None when nothing does."""
    return gate([message], now).get(message.key)


def all_of(gates: Sequence[Gate]) -> Gate:
    """The first finding of the gates in their order; later gates are not asked about what an earlier one stopped."""

    def ask(messages: Sequence[Message], now: datetime) -> Mapping[str, Finding]:
        found: dict[str, Finding] = {}
        for gate in gates:
            rest = [m for m in messages if m.key not in found]
            found |= gate(rest, now) if rest else {}
        return found

    return ask
