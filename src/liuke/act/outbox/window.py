"""The window for marketing (policies/contact.yaml), looked at again when a message is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from liuke.act.contact_policy import ContactPolicy
from liuke.act.offers.offer_file import Channel
from liuke.act.outbox.gate import Finding, Gate
from liuke.act.outbox.message import Medium, Message
from liuke.clock import WorkCalendar

WINDOW_OF: Final[Mapping[Medium, Channel]] = {"sms": "sms", "email": "email", "wecom": "wecom", "push": "push"}
"""Media whose channel may have a window of its own; for others the common one counts."""


def window_gate(policy: ContactPolicy, calendar: WorkCalendar, medium: Medium | None) -> Gate:
    """Marketing outside the window waits for it; service messages and staff are not kept waiting."""
    channel = WINDOW_OF.get(medium) if medium else None
    window = policy.window_of(channel) if channel else policy.window

    def ask(messages: Sequence[Message], now: datetime) -> Mapping[str, Finding]:
        opens = window.opens_at(calendar, now)
        if opens <= now:
            return {}
        stop = Finding("window", "outside_window", f"{window.opens:%H:%M}–{window.closes:%H:%M}", opens)
        return {m.key: stop for m in messages if m.message_class == "marketing"}

    return ask
