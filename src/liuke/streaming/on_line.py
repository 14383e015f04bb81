"""Whether the customer of a match is on line at this moment, so that whoever is on duty can answer at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from liuke.act.triggers.match import Match
from liuke.collect.tracking.event import FROM_CORE, TrackedEvent

CHANNELS: Final = ("app", "web", "wechat")
"""On which a customer can be answered there and then."""
STAYS: Final = timedelta(minutes=15)
"""How long after the last thing done a customer counts as being there (ours)."""


def is_on_line(match: Match, at_hand: Mapping[str, TrackedEvent], now: datetime) -> bool:
    """Whether the newest event that made the match came from the customer's own device within the last minutes.

    at_hand: events by id that have just come. Matches of the clock are about what was not done; what the core systems
    tell was done elsewhere.
    """
    came = [at_hand[event_id] for event_id in match.evidence if event_id in at_hand]
    newest = max(came, key=lambda event: event.occurred_at, default=None)
    if match.by == "clock" or newest is None or newest.source == FROM_CORE or newest.channel not in CHANNELS:
        return False
    return now.timestamp() * 1e6 - newest.occurred_at <= STAYS / timedelta(microseconds=1)
