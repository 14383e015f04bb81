"""Two arms' sums read: what was kept that would have gone, what it cost, and whether it can be told from nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from liuke.stats.compare import Interval, SampleRatio, difference_of_proportions, sample_ratio
from liuke.stats.estimate import Estimate, satterthwaite
from liuke.stats.fieller import known_over
from liuke.stats.weighted import WeightedMoments, pooled_slope
from liuke.track.saved.sums import RETAINED, Arms, ArmSums

_KEPT, _BEFORE = 2, 3
"""Places of kept and before in the moments, behind the one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one group of decisions brought; None: not known yet. Money in the bank's currency.

    difference: retained share of the treated minus that of the hold-outs (Newcombe, hold-outs by weight). saves:
    difference × measured treated. aum: AUM kept with the measured treated that would have gone, adjusted by the AUM at
    decision (CUPED); aum_plain: unadjusted. slope: of the adjustment. cost_per_save: None unless saves lie above zero.
    gain: what the AUM earns; returned: gain per unit of cost. ratio: were the arms drawn as planned?
    """

    treated: ArmSums
    holdout: ArmSums
    difference: Interval | None
    aum_mean: Estimate | None
    aum_plain_mean: Estimate | None
    slope: float
    ratio: SampleRatio | None
    worth: float

    @property
    def saves(self) -> Interval | None:
        """Customers."""
        return self.difference.times(self.treated.measured) if self.difference else None

    @property
    def aum(self) -> Interval | None:
        """Adjusted: the one to use."""
        return self.aum_mean.interval().times(self.treated.measured) if self.aum_mean else None

    @property
    def aum_plain(self) -> Interval | None:
        """The same quantity, usually with a much wider interval."""
        return self.aum_plain_mean.interval().times(self.treated.measured) if self.aum_plain_mean else None

    @property
    def cost(self) -> float | None:
        """Of the measured treated, whose saves are counted; None where a price is not known."""
        return None if self.treated.unpriced else self.treated.cost

    @property
    def cost_per_save(self) -> Interval | None:
        """Of the own cost; see `per_save`."""
        return self.per_save(self.cost)

    def per_save(self, cost: float | None) -> Interval | None:
        """Fieller's, the cost known. None while saves cannot be told from zero: then no cost per save is known."""
        return known_over(cost, self.saves) if self.saves and cost is not None else None

    @property
    def gain(self) -> Interval | None:
        """Margin on the AUM kept."""
        return self.aum.times(self.worth) if self.aum and self.worth else None

    @property
    def returned(self) -> Interval | None:
        """Of the own cost; see `per_cost`."""
        return self.per_cost(self.cost)

    def per_cost(self, cost: float | None) -> Interval | None:
        """Gain per unit of cost; 1 pays the cost and no more."""
        return self.gain.times(1 / cost) if self.gain and cost else None

    @property
    def smaller_arm(self) -> int:
        """Measured people of the smaller arm."""
        return min(self.treated.measured, self.holdout.measured)


def read(arms: Arms, worth: float, slope: float | None = None) -> Reading:
    """One group. worth: of a unit of AUM kept. slope: of the adjustment; default: this group's own."""
    treated, holdout = arms.get("treated", ArmSums.none()), arms.get("holdout", ArmSums.none())
    one, two = treated.moments, holdout.moments
    used = pooled_slope(one, two, _KEPT, _BEFORE) if slope is None else slope
    planned, everybody = treated.planned + holdout.planned, treated.decided + holdout.decided
    return Reading(
        treated,
        holdout,
        _difference(one, two),
        _gap(one, two, used),
        _gap(one, two, 0.0),
        used,
        sample_ratio([treated.decided, holdout.decided], [everybody - planned, planned]),
        worth,
    )


def scaled(reading: Reading, people: int) -> Reading:
    """The same differences for so many treated: where only some of them were measured, drawn by lot."""
    return replace(reading, treated=replace(reading.treated, measured=people))


def kept_adjusted(slope: float) -> tuple[float, float, float]:
    """Kept AUM less what the AUM at decision tells of it, as a combination of the numbers."""
    return (0.0, 1.0, -slope)


def _difference(one: WeightedMoments, two: WeightedMoments) -> Interval | None:
    if not (one.n and two.n):
        return None
    (n1, n0), (p1, p0) = (one.effective, two.effective), (one.mean(RETAINED), two.mean(RETAINED))
    return difference_of_proportions(p1 * n1, n1, p0 * n0, n0)


def _gap(one: WeightedMoments, two: WeightedMoments, slope: float) -> Estimate | None:
    """Mean difference of kept AUM; None when an arm has under three people."""
    if min(one.n, two.n) < 3:
        return None
    what = kept_adjusted(slope)
    v1, v0 = one.variance(what), two.variance(what)
    degrees = satterthwaite(((v1, one.n - 1), (v0, two.n - 1)))
    return Estimate(one.mean(what) - two.mean(what), v1 + v0, degrees)
