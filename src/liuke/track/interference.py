"""Do the arms meet? Customers of one household talk, and an RM cannot un-know what he learned with the treated."""

from __future__ import annotations

from typing import Literal

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.track.findings import Finding, finding

Meeting = Literal["household", "rm"]
TOLERATED = 0.05
"""Share of customers who meet the other arm up to which nothing is said: at most that share of an effect of the same
size could then have passed over."""


def meeting_share(engine: Engine, units: ir.Table, meets_by: str) -> float | None:
    """Share (0..1) of the units with a known `meets_by` that share it with a unit of another arm; None for nobody.

    units: columns arm and `meets_by` (household, RM, branch), one row per unit drawn.
    """
    known = units.filter(units[meets_by].notnull())
    groups = known.group_by(meets_by).aggregate(people=known.count(), arms=known.arm.nunique())
    both = groups.aggregate(
        people=groups.people.sum().fill_null(0), mixed=groups.people.sum(where=groups.arms > 1).fill_null(0)
    )
    [row] = engine.arrow(both).to_pylist()
    return row["mixed"] / row["people"] if row["people"] else None


def interference_finding(share: float | None, meets_by: Meeting) -> Finding | None:
    """A finding when more than `TOLERATED` meet.

    Of households to be minded: what one is told the other hears, and the effect is understated. Of RMs a note: most
    experiments draw customers within an RM's book, which is right as long as the treatment is something done for a
    customer and not something the RM learns; else draw RMs (`clusters.cluster_means`).
    """
    if share is None or share <= TOLERATED:
        return None
    return finding(f"shared_{meets_by}", "mind" if meets_by == "household" else "note", share=share)
