"""What follows from matches: people looked up, gates and draw, then rows and orders, once each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from liuke.act.triggers import Match
from liuke.collect.tracking.event import TrackedEvent
from liuke.state.actions.take_matches import Taken, take_matches
from liuke.streaming.deciding import Terms, decide_matches
from liuke.streaming.gates import AskGates, nobody_stopped
from liuke.streaming.people import Person
from liuke.streaming.shares import Shares

_logger = structlog.get_logger()


class Known(Protocol):
    """The bank's customers, as `People` gives them."""

    def of(self, customer_ids: Iterable[str]) -> Mapping[str, Person]:
        """Those of them that the bank knows."""

    def count(self) -> int:
        """All of the bank's."""


class Acting:
    """Decides matches and stores what comes of them. terms: under which; they may be changed between calls."""

    def __init__(self, people: Known, terms: Terms, shares: Shares, gates: AskGates = nobody_stopped) -> None:
        self.terms = terms
        self._people, self._shares, self._gates = people, shares, gates

    def act(self, matches: Sequence[Match], events: Iterable[TrackedEvent], now: int) -> Taken:
        """events: those that have just come and are not in the lake yet. now: microseconds since the epoch, UTC."""
        moment = datetime.fromtimestamp(now / 1e6, UTC)
        people = self._people.of(match.customer_id for match in matches)
        over, counts = self._shares.weigh(matches, people, self.terms.rules, self._people.count())
        at_hand = {event.event_id: event for event in events}
        stops = self._gates(people.keys(), moment, self.terms.contact, self.terms.calendar)
        decided = decide_matches(matches, people, self.terms, moment, at_hand, over, stops)
        done = take_matches(decided.rows, decided.proposals, now=moment)
        self._shares.keep(counts)
        if done.new:
            _logger.info("matches", new=done.new, opened=done.orders.opened, enriched=done.orders.enriched)
        return done
