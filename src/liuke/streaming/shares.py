"""How many of the bank's customers each rule has matched: a rule for everybody is held back until it is confirmed.

Counted along the matches in their order, from what the state holds, so that a worker that starts anew decides alike.
Where several workers share the stream, each asks the state again now and then: what the others matched in between is
not counted yet.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from liuke.act.triggers import Match, Rule
from liuke.act.triggers.reach import is_too_wide
from liuke.state.trigger_counts import matched_before, people_matched

FEW: Final = 100
"""Customers up to whom no rule is held back: in a small bank three are a large share."""


class Shares:
    """Counts of one worker; asked of the state every so many seconds (once, when it works alone), then carried on."""

    def __init__(self, asked_every: float = math.inf) -> None:
        self._people: dict[str, int] | None = None
        self._asked_every, self._asked_at = asked_every, 0.0

    def weigh(
        self, matches: Iterable[Match], known: Collection[str], rules: Mapping[str, Rule], customers: int
    ) -> tuple[frozenset[str], dict[str, int]]:
        """Keys of the matches whose rule is over its share by then, and the counts after them.

        known: customers of the bank among the matched; strangers do not count. The counts become those of the worker
        by `keep`, once the matches are stored.
        """
        asked = [match for match in matches if match.customer_id in known]
        counts = dict(self._counts())
        seen = matched_before({(match.rule, match.customer_id) for match in asked})
        over = set()
        for match in asked:
            if (pair := (match.rule, match.customer_id)) not in seen:
                seen.add(pair)
                counts[match.rule] = counts.get(match.rule, 0) + 1
            people = counts[match.rule]
            if people > FEW and is_too_wide(rules[match.rule], people, customers):
                over.add(match.key)
        return frozenset(over), counts

    def keep(self, counts: dict[str, int]) -> None:
        """From now on these are the counts."""
        self._people = counts

    def _counts(self) -> Mapping[str, int]:
        now = time.monotonic()
        if self._people is None or now - self._asked_at > self._asked_every:
            self._people, self._asked_at = people_matched(), now
        return self._people
