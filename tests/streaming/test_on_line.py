"""Who is on line when a rule matches."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from liuke.act.triggers.match import Match
from liuke.collect.tracking.event import FROM_CORE, TrackedEvent
from liuke.streaming.on_line import is_on_line

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def event(
    event_id: str = "E1", minutes_ago: int = 0, channel: str | None = "app", source: str = "track:1"
) -> TrackedEvent:
    at = round(NOW.timestamp() * 1e6) - minutes_ago * 60_000_000
    return TrackedEvent(event_id, "search", at, at, "C1", None, channel, None, {}, source)


def match(*evidence: str, by: str = "event") -> Match:
    return Match("r", "1", "m", "C1", 0, by, evidence, 1, 0.0, 0, 0, False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (event(), True),
        (event(minutes_ago=15), True),
        (event(minutes_ago=16), False),
        (event(channel="wechat"), True),
        (event(channel="branch"), False),
        (event(channel=None), False),
        (event(source=FROM_CORE), False),
    ],
    ids=["app", "a quarter of an hour ago", "longer ago", "wechat", "at the branch", "nowhere", "told by the core"],
)
def test_only_what_was_done_on_line_just_now_says_that_the_customer_is_there(given: TrackedEvent, told: bool) -> None:
    assert is_on_line(match("E1"), {"E1": given}, NOW) is told


def test_the_newest_event_counts_and_the_clock_says_nothing() -> None:
    at_hand = {"E1": event(minutes_ago=3), "E2": event("E2", channel="branch")}
    assert not is_on_line(match("E1", "E2"), at_hand, NOW)
    assert is_on_line(match("E1", "E9"), at_hand, NOW)
    assert not is_on_line(match("E1", by="clock"), at_hand, NOW)
    assert not is_on_line(match("E9"), at_hand, NOW)
