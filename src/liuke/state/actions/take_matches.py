"""Matches of trigger rules become rows and orders: in one transaction, once each, however often they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liuke.act.triggered import Fate
from liuke.state.actions.open_orders import Opened, Proposal, open_orders
from liuke.state.locks import sole_writer
from liuke.state.models import TriggerMatch


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match with its fate, as the state keeps it. decision: the DECISION row as JSON, None when undecided."""

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


@dataclass(frozen=True, slots=True)
class Taken:
    """Matches that were new, and what became of the proposed orders."""

    new: int
    orders: Opened


def take_matches(matches: Sequence[MatchRow], proposals: Iterable[Proposal], *, now: datetime) -> Taken:
    """Stores the matches that are not known yet, and opens or enriches the orders of those treated.

    proposals: orders of treated matches; those of matches known before are known too (by loop_id). For the stream
    worker only: no person calls it, so no permission is asked.
    """
    with sole_writer("open_orders"):
        known = set(
            TriggerMatch.objects.filter(loop_id__in=[m.loop_id for m in matches]).values_list("loop_id", flat=True)
        )
        fresh = {m.loop_id: m for m in matches if m.loop_id not in known}
        TriggerMatch.objects.bulk_create([_row(match, now) for match in fresh.values()])
        orders = open_orders(proposals, now=now, actor="trigger")
    return Taken(len(fresh), orders)


def _row(match: MatchRow, now: datetime) -> TriggerMatch:
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
    )
