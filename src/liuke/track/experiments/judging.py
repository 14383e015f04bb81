"""What may be concluded of a metric on a day, and what all of them come to: one rule, of readings and of kept ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from liuke.stats.compare import Interval
from liuke.track.experiments.registration import Registration

Kind = Literal["works", "harms", "no_effect", "unknown", "untrusted"]


def concluded(
    always_valid: Interval | None, fixed: Interval | None, registration: Registration, day: date
) -> Interval | None:  # fmt: skip
    """The interval that may be concluded from on the day: the always-valid one; of clusters, too few for that, the
    fixed one from the planned day on; None before.
    """
    if always_valid is not None:
        return always_valid
    return fixed if registration.spec.is_clustered and registration.is_planned(day) else None


def sign(seen: Interval | None, p: float | None, level: float) -> int:
    """1 where the metric rose for sure, -1 where it fell, else 0. p: of an always-valid interval, after Holm; None of a
    fixed one.
    """
    if seen is None or not seen.excludes_zero:
        return 0
    if p is not None and p >= 1 - level:
        return 0
    return 1 if seen.low > 0 else -1


def fell(seen: Interval | None, harm: float) -> bool:
    """Whether a guardrail fell for sure, by as much as matters at best estimate."""
    return seen is not None and seen.high < 0 and seen.estimate <= -harm


def judged(primary: Sequence[Interval | None], signs: Sequence[int], harmed: bool, mde: float) -> Kind:
    """What a reading that was not refused comes to. primary: interval of each primary metric, the headline first,
    signs: of them; harmed: whether a guardrail fell.
    """
    if harmed or -1 in signs:
        return "harms"
    if 1 in signs:
        return "works"
    first = primary[0] if primary else None
    is_small = first is not None and -mde < first.low and first.high < mde
    return "no_effect" if is_small and None not in primary else "unknown"
