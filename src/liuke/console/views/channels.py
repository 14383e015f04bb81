"""Channels 渠道: how each goes, and the dead letters with a way to send one again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from liuke.act.channels.catalogue import FILE, read_channels
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.labels import Text
from liuke.console.paging import place_of
from liuke.console.reading import house
from liuke.console.whole_number import whole
from liuke.errors import LiukeError
from liuke.govern.access import may
from liuke.govern.masking import mask_text, mask_value
from liuke.state.actions.resend_message import resend_message
from liuke.state.models import OutboxMessage
from liuke.state.outbox_list import ChannelStatus, channel_status, dead_letters

SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel as the page shows it. at_work: it stands in channels.yaml."""

    status: ChannelStatus
    kind: Text
    at_work: bool
    waiting: int
    sent: int
    dead: int
    cancelled: int
    arrived: int
    read: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. customer, text: masked, '' for roles that see no customers."""

    key: str
    channel: str
    customer: str
    reason: str
    attempts: int
    at: datetime
    text: str


@require_GET
@guarded("see_sending")
def board(request: HttpRequest) -> HttpResponse:
    """Every channel, and a page of dead letters."""
    scope, number = scope_of(request), whole(request.GET.get("page"))
    channel = request.GET.get("channel", "")[:32]
    kinds, mistake = _kinds()
    rows = _rows(channel_status(scope, timezone.now()), kinds)
    letters, total = dead_letters(scope, channel, start=(number - 1) * SIZE, size=SIZE)
    context = {
        "rows": rows,
        "mistake": mistake,
        "waiting": sum(row.waiting for row in rows),
        "sent": sum(row.sent for row in rows),
        "dead": sum(row.dead for row in rows),
        "paused": sum(row.status.closed_until is not None for row in rows),
        "letters": [_letter(each, may(scope.role, "see_customers")) for each in letters],
        "channel": channel,
        "resends": may(scope.role, "resend"),
        **place_of(number, SIZE, len(letters), total),
    }
    return page(request, "console/channels.html", "channels", context)


@require_POST
@guarded("resend")
def resend(request: HttpRequest, key: str) -> HttpResponse:
    """Queues a dead letter again, and shows the list without it."""
    resend_message(who_of(request), key, request.POST.get("reason", "")[:200])
    return redirect("channels")


def _kinds() -> tuple[dict[str, str], LiukeError | None]:
    """Kinds by channel as the file says now, or the mistake for which it cannot be read."""
    home = house().home
    if not (home / FILE).is_file():
        return {}, None
    try:
        return {name: made.kind for name, made in read_channels(home).channels.items()}, None
    except LiukeError as error:
        return {}, error


def _rows(found: list[ChannelStatus], kinds: dict[str, str]) -> list[ChannelRow]:
    known = {status.channel: status for status in found}
    return [_row(known.get(name, ChannelStatus(name)), kinds.get(name)) for name in sorted({*known, *kinds})]


def _row(status: ChannelStatus, kind: str | None) -> ChannelRow:
    counts, told = status.counts, status.receipts
    return ChannelRow(
        status=status,
        kind=labels.CHANNEL_KINDS.get(kind or "", kind or ""),
        at_work=kind is not None,
        waiting=sum(counts.get(state, 0) for state in ("queued", "sending", "failed")),
        sent=counts.get("sent", 0),
        dead=counts.get("dead", 0),
        cancelled=counts.get("cancelled", 0),
        arrived=sum(told.get(kind, 0) for kind in ("delivered", "opened", "clicked")),
        read=sum(told.get(kind, 0) for kind in ("opened", "clicked")),
    )


def _letter(row: OutboxMessage, sees_customers: bool) -> Letter:
    return Letter(
        key=row.key,
        channel=row.channel,
        customer=str(mask_value(row.customer_id, "account")) if row.customer_id and sees_customers else "",
        reason=row.reason,
        attempts=row.attempts,
        at=row.updated_at,
        text=mask_text(row.text) if sees_customers else "",
    )
