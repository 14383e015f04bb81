"""Saves and AUM saved by week or month of entry, and all of them up to then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from liuke.track.saved.reading import Reading, read
from liuke.track.saved.sums import Arms, added


@dataclass(frozen=True, slots=True)
class Step:
    """One week (its Monday) or month (its first day) of entry. alone: who entered in it. so_far: everybody up to its
    end, read from the sums of all: the intervals of single steps cannot be added, for the same small hold-out is in
    every later one, and their ends would grow faster than what is known.
    """

    begins: date
    alone: Reading
    so_far: Reading


def cumulated(steps: Mapping[date, Arms], worth: float) -> tuple[Step, ...]:
    """In order of time. The last one's `so_far` is the reading of the whole."""
    found: list[Step] = []
    whole: Arms = {}
    for begins in sorted(steps):
        whole = added([whole, steps[begins]])
        found.append(Step(begins, read(steps[begins], worth), read(whole, worth)))
    return tuple(found)
