"""Branches and RMs: each group's own reading, drawn towards what all of them say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from liuke.stats.compare import Interval
from liuke.stats.shrink import Shrunken, shrunken
from liuke.stats.weighted import WeightedMoments
from liuke.track.saved.reading import Reading, read
from liuke.track.saved.sums import RETAINED, Arms, added

SMALL: Final = 10
"""Groups with fewer measured people in an arm are not told apart (CONVENTIONS §9)."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One branch or RM. raw: its own reading, for the record. difference, saves, aum: drawn towards the whole: act on
    these. hidden: too few people for any figure to be shown.
    """

    key: str
    raw: Reading
    difference: Interval | None
    aum_mean: Interval | None
    hidden: bool

    @property
    def saves(self) -> Interval | None:
        """Customers, shrunken."""
        return self.difference.times(self.raw.treated.measured) if self.difference and not self.hidden else None

    @property
    def aum(self) -> Interval | None:
        """AUM saved, shrunken."""
        return self.aum_mean.times(self.raw.treated.measured) if self.aum_mean and not self.hidden else None


def group_rows(groups: Mapping[str, Arms], worth: float, least: int = SMALL) -> tuple[GroupRow, ...]:
    """One row per group, the most treated first. Empirical Bayes (stats/shrink.py) over groups with `least` measured
    people in both arms; the others hide. The slope of the adjustment is that of all groups together.
    """
    slope = read(added(groups.values()), worth).slope
    keys = sorted(groups, key=lambda key: (-_treated(groups[key]), key))
    readings = [read(groups[key], worth, slope) for key in keys]
    seen = [reading.smaller_arm >= least for reading in readings]
    shares = _drawn([(_share_gap(r) if ok else None) for r, ok in zip(readings, seen, strict=True)])
    amounts = _drawn([(_aum_gap(r) if ok else None) for r, ok in zip(readings, seen, strict=True)])
    return tuple(
        GroupRow(
            key,
            readings[i],
            shares.interval(i) if shares and seen[i] else None,
            amounts.interval(i) if amounts and seen[i] else None,
            not seen[i],
        )
        for i, key in enumerate(keys)
    )


def _treated(arms: Arms) -> int:
    return arms["treated"].measured if "treated" in arms else 0


def _drawn(gaps: list[tuple[float, float] | None]) -> Shrunken | None:
    return shrunken([gap[0] if gap else None for gap in gaps], [gap[1] if gap else None for gap in gaps])


def _share_gap(reading: Reading) -> tuple[float, float]:
    """The difference and its variance, with one success and one failure added to each arm (Agresti & Caffo 2000): the
    plain variance is 0 where everybody stayed.
    """
    one, two = reading.treated.moments, reading.holdout.moments
    return one.mean(RETAINED) - two.mean(RETAINED), _variance(one) + _variance(two)


def _variance(arm: WeightedMoments) -> float:
    n = arm.effective
    share = (arm.mean(RETAINED) * n + 1) / (n + 2)
    return share * (1 - share) / (n + 2)


def _aum_gap(reading: Reading) -> tuple[float, float] | None:
    gap = reading.aum_mean
    return (gap.value, gap.variance) if gap and gap.variance > 0 else None
