"""What is looked at again before a message goes out: consent and holds in the lake, refusals of the moment,
the window.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.outbox.gate import Finding, Gate, all_of
from liuke.act.outbox.message import CONSENT_CHANNEL, Medium, Message
from liuke.act.outbox.window import window_gate
from liuke.clock import WorkCalendar
from liuke.lake import newest
from liuke.sending.asking import Asking
from liuke.sending.barred import Barred
from liuke.state.campaign_gate import campaign_gate
from liuke.state.refusals import refusal_gate
from liuke.tables import CONSENT

MARKETING: Final = "marketing"


def sending_gate(medium: Medium | None, asking: Asking, policy: ContactPolicy, calendar: WorkCalendar) -> Gate:
    """Consent, refusal, holds, window (the order of CONVENTIONS), then whether its campaign goes on; of one channel."""
    consent, barred = Consents(asking).gate(medium), Barred(asking, policy, calendar.zone)
    return all_of([consent, refusal_gate(medium), barred, window_gate(policy, calendar, medium), campaign_gate])


class Consents:
    """Consents as they stand in the lake at the moment."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def gate(self, medium: Medium | None) -> Gate:
        """Stops marketing whose consent was refused or withdrawn: of its purpose, for its channel or for all.

        That consent was given at all was the decision's to see; here it is looked at what has changed.
        """
        channel = CONSENT_CHANNEL[medium] if medium else ""

        def ask(messages: Sequence[Message], now: datetime) -> Mapping[str, Finding]:
            asked = [m for m in messages if m.message_class == "marketing" and m.customer_id]
            if not asked:
                return {}
            said = self._said({m.customer_id for m in asked}, channel, now)
            found = {m.key: _withdrawn(said, m, channel) for m in asked}
            return {key: finding for key, finding in found.items() if finding}

        return ask

    def _said(
        self, customers: Collection[str], channel: str, now: datetime
    ) -> dict[tuple[str, str, str], dict[str, Any]]:
        def pick(rows: ir.Table) -> ir.Table:
            mine = rows.filter(
                rows.customer_id.isin(sorted(customers)),
                rows.channel.isin([channel, "all"]),
                rows.effective_at <= ibis.literal(now),
            )
            return newest(mine, CONSENT).select("customer_id", "purpose", "channel", "granted", "effective_at")

        found = self._asking.rows(CONSENT, pick)
        return {(row["customer_id"], row["purpose"], row["channel"]): row for row in found}


def _withdrawn(
    said: Mapping[tuple[str, str, str], Mapping[str, Any]], message: Message, channel: str
) -> Finding | None:
    """A refusal for the channel stands; one for all stands until the channel is granted anew, later."""
    purpose = message.purpose or MARKETING
    own, every = (said.get((message.customer_id, purpose, of)) for of in (channel, "all"))
    stop = own if own and not own["granted"] else None
    if every and not every["granted"] and not (own and own["granted"] and own["effective_at"] > every["effective_at"]):
        stop = stop or every
    return Finding("consent", f"withdrawn_{purpose}", f"{stop['effective_at']:%Y-%m-%d}") if stop else None
