"""When an event happened: what the client claims, corrected for a clock that is off, and bounded.

The rule, in this order:
1. A client that says when it sent the request and is more than a minute off our clock has all times of the request
   shifted by the difference.
2. A time more than `early_minutes` after receipt, or older than `old_days`, cannot be believed: the event counts as
   of its receipt, and keeps the claim in the property `$claimed_at`.
3. No time, or one that cannot be read: as of receipt; an unreadable claim is kept likewise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

CLAIMED: Final = "$claimed_at"
_TRUSTED_US: Final = 60_000_000
_EARLIEST_US: Final = -62_104_060_800_000_000
_LATEST_US: Final = 253_370_764_800_000_000
"""The years 2 to 9998: what a datetime can hold in every zone."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far from receipt a claimed time may lie, in microseconds."""

    early: int
    old: int

    def settle(self, claimed: int, received: int) -> tuple[int, str | None]:
        """The time that counts, and the claim when it is another."""
        if received - self.old <= claimed <= received + self.early:
            return claimed, None
        return received, text_of(claimed)


def skew(sent: int | None, received: int) -> int:
    """What to add to a client's times; 0 while its clock is within a minute of ours."""
    if sent is None or abs(received - sent) <= _TRUSTED_US:
        return 0
    return received - sent


def micros(moment: datetime, zone: tzinfo) -> int:
    """Microseconds since the epoch; a time without an offset is the bank's."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return round(aware.timestamp() * 1_000_000)


def read_moment(value: object, zone: tzinfo) -> int | None:
    """A time as clients write it: ISO 8601 text, or a number of seconds or milliseconds; None for anything else.

    >>> read_moment("2026-11-29T20:00:00Z", UTC) == read_moment(1796155200000, UTC) == read_moment(1796155200, UTC)
    True
    """
    if isinstance(value, str):
        try:
            found = micros(datetime.fromisoformat(value.strip()), zone)
            return found if _EARLIEST_US < found < _LATEST_US else None
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST_US // 1_000:
        return None
    # Milliseconds from 1973 on are larger than seconds up to the year 5138.
    return round(value * (1_000 if value >= 100_000_000_000 else 1_000_000))


def text_of(micros_: int) -> str:
    """ISO 8601 in UTC; the bare number for what no calendar holds."""
    try:
        return datetime.fromtimestamp(micros_ / 1_000_000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(micros_)


__all__ = ["CLAIMED", "Bounds", "micros", "read_moment", "skew", "text_of"]
