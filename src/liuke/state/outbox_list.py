"""The outbox for people: how each channel goes, and the dead letters, within the person's scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Min, QuerySet

from liuke.govern.access import Scope, require
from liuke.state.models import ChannelPace, OutboxMessage
from liuke.state.models.in_scope import in_scope

SPAN: Final = timedelta(days=30)
"""Ended messages are counted so far back."""


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """One channel. counts: by state, those that are over of the last 30 days. oldest: since when the one due longest
    has been due, None when none is overdue. closed_until: the breaker is open. trouble: the gateway's last.
    """

    channel: str
    counts: Mapping[str, int] = field(default_factory=dict)
    receipts: Mapping[str, int] = field(default_factory=dict)
    oldest: datetime | None = None
    closed_until: datetime | None = None
    failures: int = 0
    trouble: str = ""
    answered_at: datetime | None = None


def visible(scope: Scope) -> QuerySet[OutboxMessage]:
    """Messages in the scope: of its branches; RMs and team leads see those of their books' customers.

    An administrator, whose scope holds no customers, keeps all channels going; faces show him no person in them.
    """
    rows = OutboxMessage.objects.all()
    if scope.role == "admin":
        return rows
    return rows.filter(in_scope(scope))


def channel_status(scope: Scope, now: datetime) -> list[ChannelStatus]:
    """Every channel that has messages or was used. Raises NotAllowed without `see_sending`."""
    require(scope, "see_sending")
    return status_of(visible(scope), now)


def status_of(rows: QuerySet[OutboxMessage], now: datetime) -> list[ChannelStatus]:
    """The same of the given messages, for programs."""
    counts: dict[str, dict[str, int]] = {}
    recent = rows.filter(updated_at__gt=now - SPAN)
    waiting = rows.filter(next_at__isnull=False, updated_at__lte=now - SPAN)
    for part in (recent, waiting):
        for channel, state, n in part.values_list("channel", "state").annotate(n=Count("id")).order_by():
            of = counts.setdefault(channel, {})
            of[state] = of.get(state, 0) + n
    told: dict[str, dict[str, int]] = {}
    for channel, kind, n in (
        recent.exclude(receipt="").values_list("channel", "receipt").annotate(n=Count("id")).order_by()
    ):
        told.setdefault(channel, {})[kind] = n
    due = rows.filter(next_at__lte=now).values_list("channel").annotate(since=Min("next_at")).order_by()
    oldest = dict(due)
    paces = {pace.channel: pace for pace in ChannelPace.objects.all()}
    return [
        _status(name, counts.get(name, {}), told.get(name, {}), oldest.get(name), paces.get(name), now)
        for name in sorted({*counts, *paces})
    ]


def _status(
    name: str, counts: dict[str, int], told: dict[str, int], oldest: datetime | None, pace: ChannelPace | None,
    now: datetime,
) -> ChannelStatus:  # fmt: skip
    if pace is None:
        return ChannelStatus(name, counts, told, oldest)
    open_ = pace.closed_until if pace.closed_until and pace.closed_until > now else None
    return ChannelStatus(name, counts, told, oldest, open_, pace.failures, pace.trouble, pace.answered_at)


def dead_letters(scope: Scope, channel: str = "", *, start: int = 0, size: int = 25) -> tuple[list[OutboxMessage], int]:
    """A page of dead letters, newest first, and how many there are. Raises NotAllowed without `see_sending`."""
    require(scope, "see_sending")
    rows = visible(scope).filter(state="dead")
    if channel:
        rows = rows.filter(channel=channel)
    return list(rows.order_by("-updated_at", "-id")[start : start + size]), rows.count()
