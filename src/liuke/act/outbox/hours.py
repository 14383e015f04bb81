"""When marketing may go out: hours of the day, workdays, never on public holidays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, Self

from pydantic import Field, model_validator

from liuke.act.outbox.gate import Finding, Gate
from liuke.act.outbox.message import Message
from liuke.clock import WorkCalendar
from liuke.errors import Wrong
from liuke.yaml_file import Document

EARLIEST, LATEST = time(8), time(21)
"""A bank may widen the window, but never beyond these (our rule; carriers allow marketing messages 08:00-22:00)."""
_FAR: Final = 60


class SendingHours(Document):
    """The window for marketing, local time. workdays_only: not on weekends and public holidays either."""

    from_: time = Field(time(9), alias="from")
    to: time = time(20)
    workdays_only: bool = True

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if not EARLIEST <= self.from_ < self.to <= LATEST:
            raise Wrong(
                "sending_hours", "the window {a}-{b} does not lie within {first}-{last}",
                a=f"{self.from_:%H:%M}", b=f"{self.to:%H:%M}", first=f"{EARLIEST:%H:%M}", last=f"{LATEST:%H:%M}",
            )  # fmt: skip
        return self


def next_opening(hours: SendingHours, calendar: WorkCalendar, now: datetime) -> datetime:
    """`now` while the window is open, else the next moment it opens, UTC."""
    local = now.astimezone(calendar.zone)
    for ahead in range(_FAR):
        day = local.date() + timedelta(days=ahead)
        if hours.workdays_only and not calendar.is_workday(day):
            continue
        opens, closes = (datetime.combine(day, at, calendar.zone) for at in (hours.from_, hours.to))
        if local < closes:
            return max(opens, local).astimezone(UTC)
    return (local + timedelta(days=_FAR)).astimezone(UTC)


def window_gate(hours: SendingHours, calendar: WorkCalendar) -> Gate:
    """Marketing outside the window waits for it; service messages and staff are not kept waiting."""

    def ask(messages: Sequence[Message], now: datetime) -> Mapping[str, Finding]:
        opens = next_opening(hours, calendar, now)
        if opens <= now:
            return {}
        stop = Finding("window", "sending_hours", f"{hours.from_:%H:%M}-{hours.to:%H:%M}", opens)
        return {m.key: stop for m in messages if m.message_class == "marketing"}

    return ask
