"""How far the messages of campaigns have come, and whom a trigger rule matched for one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q

from liuke.govern.access import Scope, require
from liuke.state.models import TriggerMatch
from liuke.state.outbox_list import visible

NOT_CALLED: Final = ("shadow", "unknown", "over_share", "holdout", "withheld")
"""Fates of matches that call nobody into a campaign: those held out by the rule are left alone by everybody."""


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """Messages of one campaign. delivered: opened ones included. opened: or clicked. refused: no more is wanted."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0
    delivered: int = 0
    opened: int = 0
    refused: int = 0


def message_counts(scope: Scope) -> dict[str, MessageCounts]:
    """Counts by campaign, of the messages in the person's scope. Raises NotAllowed without `see_effect`."""
    require(scope, "see_effect")
    rows = visible(scope).exclude(campaign="").values("campaign").order_by()
    found = rows.annotate(
        waiting=Count("id", filter=Q(state__in=("queued", "sending", "failed"))),
        sent=Count("id", filter=Q(state="sent")),
        failed=Count("id", filter=Q(state__in=("dead", "cancelled"))),
        delivered=Count("id", filter=Q(receipt__in=("delivered", "opened", "clicked"))),
        opened=Count("id", filter=Q(receipt__in=("opened", "clicked"))),
    )
    refused = rows.filter(receipts__kind="refused").annotate(n=Count("id", distinct=True))
    refusals = {row["campaign"]: row["n"] for row in refused}
    return {
        row["campaign"]: MessageCounts(
            row["waiting"], row["sent"], row["failed"], row["delivered"], row["opened"],
            refusals.get(row["campaign"], 0),
        )
        for row in found
    }  # fmt: skip


def matched_customers(rules: Collection[str], since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
    """(rule, customer) of matches since < moment ≤ until, streamed. For the daily run: of the whole bank."""
    rows = TriggerMatch.objects.filter(rule__in=list(rules), matched_at__gt=since, matched_at__lte=until)
    yield from rows.exclude(fate__in=NOT_CALLED).values_list("rule", "customer_id").iterator(chunk_size=5000)
