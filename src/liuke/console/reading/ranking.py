"""Branches, or the RMs of one branch, side by side: who was treated, who stayed, the lift over their own hold-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.stats.compare import Interval, difference_of_proportions
from liuke.track.effect import first_decisions

Group = Literal["branch_id", "staff_id"]
SMALL = 10
"""Groups under so many customers are not shown as a number (CONVENTIONS §9)."""


@dataclass(frozen=True, slots=True)
class RankRow:
    """One branch or RM. treated, measured, retained: customers; lift: retained share minus the hold-out's, with its
    interval; None while an arm has fewer than 10 measured.
    """

    key: str
    treated: int
    measured: int
    retained: int
    held_measured: int
    lift: Interval | None

    @property
    def retained_share(self) -> float | None:
        """Share of the measured treated who stayed; None under 10."""
        return self.retained / self.measured if self.measured >= SMALL else None


def rank_rows(
    engine: Engine, decisions: ir.Table, outcomes: ir.Table, horizon_days: int, as_of: AsOf, by: Group = "branch_id"
) -> tuple[RankRow, ...]:
    """One row per branch or RM, by retained customers' share, best first; at most twenty."""
    people = first_decisions(decisions.filter(decisions.as_of <= ibis.literal(as_of.day)))
    found = outcomes.filter(outcomes.horizon_days == horizon_days).select("loop_id", "retained")
    joined = people.filter(people[by].notnull()).rename(key=by).left_join(found, "loop_id")
    treated, known = joined.arm == "treated", joined.retained.notnull()
    kept = joined.retained.fill_null(False)
    rows = joined.group_by("key").aggregate(
        treated=treated.sum(),
        measured=(treated & known).sum(),
        retained=(treated & kept).sum(),
        held_measured=(~treated & known).sum(),
        held_retained=(~treated & kept).sum(),
    )
    made = [_row(**row) for row in engine.arrow(rows).to_pylist()]
    made.sort(key=lambda r: (-(r.retained_share or -1.0), r.key))
    return tuple(made[:20])


def _row(key: str, treated: int, measured: int, retained: int, held_measured: int, held_retained: int) -> RankRow:
    enough = measured >= SMALL and held_measured >= SMALL
    lift = difference_of_proportions(retained, measured, held_retained, held_measured) if enough else None
    return RankRow(key, treated, measured, retained, held_measured, lift)
