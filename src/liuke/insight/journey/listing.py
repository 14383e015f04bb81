"""Which cases stand behind a figure of a stage: for lists and segments."""

from __future__ import annotations

import ibis.expr.types as ir

from liuke.errors import YourMistake, coded, guess
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.columns import WHATS
from liuke.insight.journey.journey_map import What


def cases_of(found: Cases, stage: str, what: What) -> ir.Table:
    """customer_id, case, at (when the case first came to the stage), lazily; as many rows as the figure says.

    case: null where the journey's cases have no value of their own. Raises YourMistake for a stage that the journey
    has not, and for a figure that is none.
    """
    place = found.journey.place(stage)
    if what not in WHATS:
        raise YourMistake(
            coded("no_journey_figure", "no figure of a stage is called '{name}'; {hint}", name=what,
                  **guess(what, WHATS)),
            then="mend the name",
        )  # fmt: skip
    rows = of_figure(found.at_stages, place, what)
    return rows.select("case", "at", customer_id="who").relocate("customer_id")


def of_figure(stages: ir.Table, place: int, what: What) -> ir.Table:
    """The rows of `Cases.at_stages` that a figure of the stage counts."""
    bit = 1 << WHATS.index(what)
    return stages.filter(stages.stage == place, (stages.what & bit) != 0)


__all__ = ["WHATS", "cases_of", "of_figure"]
