"""How many days a bank must wait for an answer, told before it starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from liuke.errors import YourMistake
from liuke.stats.power import Design, detectable_effect, units_needed


@dataclass(frozen=True, slots=True)
class Waiting:
    """units: needed, both arms together. entry_days: days on which customers enter. days: until the answer.

    days = entry_days + horizon: the last entrant's outcome must ripen. entry_days and days are None when it never
    comes, because fewer customers than needed exist or enter. reachable: the effect that all who do enter can
    show with the same power; None when nobody enters.
    """

    units: int
    entry_days: int | None
    days: int | None
    reachable: float | None


def waiting(
    effect: float, design: Design, entrants_per_day: float, horizon_days: int, at_most: int | None = None
) -> Waiting:
    """The wait for an `effect` in the outcome's unit.

    entrants_per_day: units that enter the experiment, both arms together. horizon_days: from entry to outcome. at_most:
    how many there are at all, None for a stream without end.
    """
    _check(entrants_per_day, horizon_days)
    needed = units_needed(effect, design)
    never = entrants_per_day == 0 or (at_most is not None and at_most < needed)
    entry = None if never else math.ceil(needed / entrants_per_day - 1e-9)
    everybody = 0 if entrants_per_day == 0 else at_most
    reachable = detectable_effect(needed if everybody is None else everybody, design)
    return Waiting(needed, entry, None if entry is None else entry + horizon_days, reachable)


def effects_by_day(
    days: Sequence[int], design: Design, entrants_per_day: float, horizon_days: int, at_most: int | None = None
) -> tuple[float | None, ...]:
    """What could be shown on each day from the start (1: the evening of the first day), were that the planned end.

    None before anybody's outcome is ripe. The curve with which a designer weighs patience against precision.
    """
    _check(entrants_per_day, horizon_days)
    ripe = (entrants_per_day * max(day - horizon_days, 0) for day in days)
    return tuple(detectable_effect(units if at_most is None else min(units, at_most), design) for units in ripe)


def _check(entrants_per_day: float, horizon_days: int) -> None:
    if not math.isfinite(entrants_per_day) or entrants_per_day < 0 or horizon_days < 0:
        raise YourMistake(
            f"{entrants_per_day} entrants a day with a horizon of {horizon_days} days is not a plan",
            expected="numbers of 0 or more",
        )
