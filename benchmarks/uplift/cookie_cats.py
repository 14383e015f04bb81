"""Cookie Cats (90,189 players): the gate at level 40 instead of 30, outcome: back after seven days.

Nothing is known of a player before the draw (rounds played come after it), so there is an effect and no ranking. The
game drew half and half.
"""

from __future__ import annotations

from benchmarks.section import Section, public_data
from benchmarks.uplift.asked import told, uplift


def run() -> Section:
    """Asks for the effect."""
    found = uplift(
        public_data() / "cookie_cats" / "cookie_cats.csv", treatment="version", treated="gate_40", control="gate_30",
        outcome="retention_7", id="userid", exclude="sum_gamerounds,retention_1", propensity=0.5,
    )  # fmt: skip
    return Section(told(found), {"excludes_zero": found["arms"]["difference"]["high"] < 0})
