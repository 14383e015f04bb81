"""Matches of trigger rules become rows and orders: in one transaction, once each, however often they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from liuke.act.triggered import Fate
from liuke.state.actions.open_orders import Opened, open_orders
from liuke.state.desks import Proposal
from liuke.state.locks import sole_writer
from liuke.state.models import TriggerMatch

_LONGEST_MS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match with its fate, as the state keeps it. decision: the DECISION row as JSON, None when undecided.

    received_at: when the newest event of the evidence that is at hand was received; None where there is none.
    """

    loop_id: str
    rule: str
    version: str
    customer_id: str
    branch_id: str | None
    staff_id: str | None
    matched_at: datetime
    fate: Fate
    evidence: Sequence[str]
    numbers: Mapping[str, Any]
    decision: Mapping[str, Any] | None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Matches that were new, and what became of the proposed orders."""

    new: int
    orders: Opened


def take_matches(
    matches: Sequence[MatchRow], proposals: Iterable[Proposal], *, now: datetime,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Taken:  # fmt: skip
    """Stores the matches that are not known yet, and opens or enriches the orders of those treated.

    proposals: orders of treated matches; those of matches known before are known too (by loop_id). For the stream
    worker only: no person calls it, so no permission is asked. now: when the matches were at hand. clock: tells when
    all else is written, for the lag kept with each match.
    """
    with sole_writer("open_orders"):
        known = set(
            TriggerMatch.objects.filter(loop_id__in=[m.loop_id for m in matches]).values_list("loop_id", flat=True)
        )
        fresh = {m.loop_id: m for m in matches if m.loop_id not in known}
        orders = open_orders(proposals, now=now, actor="trigger")
        written = clock()
        TriggerMatch.objects.bulk_create([_row(match, now, written) for match in fresh.values()])
    return Taken(len(fresh), orders)


def _row(match: MatchRow, now: datetime, written: datetime) -> TriggerMatch:
    return TriggerMatch(
        loop_id=match.loop_id,
        rule=match.rule,
        version=match.version,
        customer_id=match.customer_id,
        branch_id=match.branch_id or "",
        staff_id=match.staff_id,
        matched_at=match.matched_at,
        decided_at=now,
        evidence=list(match.evidence),
        numbers=dict(match.numbers),
        fate=match.fate,
        decision=None if match.decision is None else dict(match.decision),
        match_ms=_since(match.received_at, now),
        lag_ms=_since(match.received_at, written),
    )


def _since(received: datetime | None, then: datetime) -> int | None:
    """Whole milliseconds, none below 0; what lay in the log for weeks counts as the longest that can be kept."""
    if received is None:
        return None
    took = (then - received) // timedelta(milliseconds=1)
    return min(max(took, 0), _LONGEST_MS)
