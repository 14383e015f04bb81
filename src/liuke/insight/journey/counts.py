"""Counts of stages: what scores and shares are made of."""

from __future__ import annotations

from typing import Any

from liuke.insight.journey import columns as at
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.journey_map import Pain, PartName
from liuke.insight.journey.pain import pain_of


def pain_of_counts(found: Cases, place: int, counts: Any) -> Pain:
    """The score of the stage of that place. counts: of cases, by column (columns.py).

    Abandoned of those whose way is decided, all else of all cases. Missing: late without `expected`, break_point where
    no customer did anything in a channel, rekeyed where nobody tells what was typed in, failed without `failures`,
    returned at the last stage, complained where no complaint is known, abandoned while everybody may still go on.
    """
    spec, cases = found.journey.spec, int(counts[at.REACHED])
    if not cases:
        return Pain(None, (), ())
    stage, decided = spec.stages[place], cases - int(counts[at.IMMATURE])
    known: dict[PartName, tuple[bool, int, int]] = {
        "abandoned": (decided > 0, at.ABANDONED, decided),
        "late": (stage.expects is not None, at.LATE, cases),
        "break_point": (bool(found.told.own[place]), at.BREAK_POINT, cases),
        "rekeyed": (found.types_fields, at.REKEYED, cases),
        "failed": (bool(stage.failures), at.FAILED, cases),
        "returned": (place + 1 < len(spec.stages), at.RETURNED, cases),
        "complained": (found.has_complaints, at.COMPLAINED, cases),
    }
    shares = {name: int(counts[part]) / whole if there else None for name, (there, part, whole) in known.items()}
    return pain_of(shares, spec.pain.weights)
