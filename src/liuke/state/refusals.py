"""Who has refused marketing by a medium since the lake was last filled."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from liuke.act.outbox.gate import Finding, Gate
from liuke.act.outbox.message import CONSENT_CHANNEL, Medium, Message
from liuke.state.models import ChannelRefusal


def refusal_gate(medium: Medium | None) -> Gate:
    """Stops marketing to customers who refused it by this medium, for good: not again by the same means."""

    def ask(messages: Sequence[Message], now: datetime) -> Mapping[str, Finding]:
        asked = {m.customer_id for m in messages if m.message_class == "marketing" and m.customer_id}
        if medium is None or not asked:
            return {}
        known = ChannelRefusal.objects.filter(medium=CONSENT_CHANNEL[medium], customer_id__in=asked)
        refused = dict(known.values_list("customer_id", "at"))
        return {
            m.key: Finding("refusal", "refused_channel", f"{refused[m.customer_id]:%Y-%m-%d}")
            for m in messages
            if m.message_class == "marketing" and m.customer_id in refused
        }

    return ask


def refused_addresses(medium: Medium, digests: Collection[str]) -> set[str]:
    """Those of the addresses' digests from which a refusal came."""
    known = ChannelRefusal.objects.filter(~Q(address_hash=""), medium=CONSENT_CHANNEL[medium])
    return set(known.filter(address_hash__in=digests).values_list("address_hash", flat=True))
