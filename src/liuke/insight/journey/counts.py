"""Counts of stages, by whatever cases are told apart: what scores and shares are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir

from liuke.insight.journey.cases import Cases
from liuke.insight.journey.journey_map import Pain, PartName
from liuke.insight.journey.pain import pain_of
from liuke.insight.journey.steps import ABANDONED, WAITING


def stage_counts(stages: ir.Table) -> dict[str, ir.Value]:
    """Aggregates of `case_stages` rows."""
    last = stages.is_last == 1
    flags = ("went_on", "immature", "beyond", "late", "switched", "break_point", "rekeyed", "returned", "failed",
             "complained", "visits", "marks", "mark_sum")  # fmt: skip
    sums = {name: stages[name].sum() for name in flags}
    ends = {
        f"{end}_here": (last & (stages.ended == end)).sum() for end in (ABANDONED, "rejected", "withdrawn", WAITING)
    }
    return {"cases": stages.count(), "people": stages.who.nunique(), **sums, **ends}


def pain_of_counts(found: Cases, place: int, row: Mapping[str, Any]) -> Pain:
    """The score of the stage of that place. row: of `stage_counts`.

    Abandoned of those whose way is decided, all else of all cases. Missing: late without `expected`, break_point where
    no customer did anything in a channel, rekeyed where nobody tells what was typed in, failed without `failures`,
    returned at the last stage, complained where no complaint is known, abandoned while everybody may still go on.
    """
    spec, cases = found.journey.spec, row["cases"]
    if not cases:
        return Pain(None, (), ())
    stage, decided = spec.stages[place], cases - row["immature"]
    known: dict[PartName, tuple[bool, int, int]] = {
        "abandoned": (decided > 0, row["abandoned_here"], decided),
        "late": (stage.expects is not None, row["late"], cases),
        "break_point": (place in found.own_stages, row["break_point"], cases),
        "rekeyed": (found.types_fields, row["rekeyed"], cases),
        "failed": (bool(stage.failures), row["failed"], cases),
        "returned": (place + 1 < len(spec.stages), row["returned"], cases),
        "complained": (found.has_complaints, row["complained"], cases),
    }
    shares = {name: part / whole if there else None for name, (there, part, whole) in known.items()}
    return pain_of(shares, spec.pain.weights)
