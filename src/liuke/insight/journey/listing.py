"""Which cases stand behind a figure of a stage: for lists and segments."""

from __future__ import annotations

from typing import Final, get_args

import ibis
import ibis.expr.types as ir

from liuke.errors import YourMistake, coded, guess
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.journey_map import What

_FLAGS: Final = ("went_on", "late", "switched", "break_point", "rekeyed", "returned", "failed", "complained")
WHATS: Final[tuple[str, ...]] = get_args(What)


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
    rows = of_figure(found.stages, place, what)
    case = rows["case"] if found.journey.spec.case else ibis.null("string")
    return rows.select(customer_id="who", case=case, at=rows["at"])


def of_figure(stages: ir.Table, place: int, what: What) -> ir.Table:
    """The rows of `stages.case_stages` that a figure of the stage counts."""
    rows = stages.filter(stages.stage == place)
    if what in _FLAGS:
        return rows.filter(rows[what] == 1)
    return rows if what == "reached" else rows.filter(rows.is_last == 1, rows.ended == what)
