"""What the engine says when a rule holds for a customer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

By = Literal["event", "clock"]
MOST_EVIDENCE = 32
"""A match names at most so many events, the first of each condition's newest."""
REMEMBERED = 4
"""Of sums by calendar period and of drops only the last so many events are remembered by name."""


@dataclass(frozen=True, slots=True)
class Match:
    """One rule held for one customer. Moments are microseconds since the epoch, UTC.

    matched_at: the rule's moment: the newest event it has seen of the customer, or the deadline when the clock
    fired it. evidence: event ids, of each condition that held from old to new, bounded (MOST_EVIDENCE, REMEMBERED).
    count, total, first, last: of the first condition that held, in order of writing: events (steps, periods),
    their sum where one is asked, and their moments; of a drop the recent and the expected measure and the span
    looked at. key: equal for the same match, however often the stream is read.
    """

    rule: str
    version: str
    meaning: str
    customer_id: str
    matched_at: int
    by: By
    evidence: tuple[str, ...]
    count: int
    total: float
    first: int
    last: int
    shadow: bool

    @property
    def key(self) -> str:
        """32 hex digits naming the match: rule and its meaning, customer, moment, evidence."""
        parts = (self.rule, self.meaning, self.customer_id, str(self.matched_at), self.by, *self.evidence)
        text = "\x1f".join(parts)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
