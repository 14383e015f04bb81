"""The pain score of a stage: how many of its cases it hurts, by what, weighed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, get_args

from liuke.insight.journey.journey_map import Pain, Part, PartName
from liuke.insight.journey.spec import Weights

PARTS: Final[tuple[PartName, ...]] = get_args(PartName)


def pain_of(shares: Mapping[PartName, float | None], weights: Weights) -> Pain:
    """shares: 0 … 1 by part, None for what cannot be measured here.

    Score = 100 · Σ weight · share / Σ weight, over the parts that can be measured: their points add up to it. A stage
    that cannot be late is compared by what else may go wrong with it, and says so.

    >>> from liuke.insight.journey.spec import Weights
    >>> found = pain_of({"abandoned": 0.5, "late": None, "failed": 0.1}, Weights(abandoned=30, failed=10))
    >>> found.score, [(part.name, part.points) for part in found.parts], found.missing[0]
    (40.0, [('abandoned', 37.5), ('failed', 2.5)], 'late')
    """
    given = weights.model_dump()
    known = [(name, share, float(given[name])) for name in PARTS if (share := shares.get(name)) is not None]
    whole = sum(weight for _, _, weight in known)
    parts = tuple(
        Part(name, share, weight, 100 * weight * share / whole if whole else 0.0) for name, share, weight in known
    )
    missing = tuple(name for name in PARTS if shares.get(name) is None)
    return Pain(sum(part.points for part in parts) if whole else None, parts, missing)


def mean_pain(stages: Iterable[tuple[int, Pain]]) -> float | None:
    """Of a whole journey: the mean of its stages' scores, weighed by their cases."""
    known = [(cases, pain.score) for cases, pain in stages if pain.score is not None and cases]
    whole = sum(cases for cases, _ in known)
    return sum(cases * score for cases, score in known) / whole if whole else None
