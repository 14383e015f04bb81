"""Ratios of sums (AUM kept per AUM held, calls per case): turned into a mean per unit that everything else can read."""

from __future__ import annotations

from liuke.errors import YourMistake
from liuke.stats.cross_moments import CrossMoments


def linearised(arm: CrossMoments, above: str, below: str, name: str = "ratio") -> CrossMoments:
    """The arm with one more number per unit, whose mean is Σ above ÷ Σ below and whose variance is the ratio's.

    z = R + (above - R·below) / mean(below), R = Σ above ÷ Σ below. Delta method: Deng, Knoblich & Lu, Applying the
    Delta Method in Metric Analytics, KDD 2018; linearised as in Budylin, Drutsa, Katsev & Tsoy, WSDM 2018. Welch,
    CUPED, strata and every reading then take `name` as they take a mean. Linearise within the arm (and stratum), for R
    differs between arms. The unit drawn must be the row: with several rows per customer sum per customer first.

    An empty arm stays empty. Raises YourMistake when `below` sums to 0 over all units.
    """
    size = arm.mean(below)
    if arm.n and size == 0:
        raise YourMistake(
            f"{above} per {below} cannot be said: {below} sums to 0",
            expected=f"units with {below} above 0",
            then=f"keep only units that have {below}, or choose another measure",
        )
    ratio = arm.mean(above) / size if arm.n else 0.0
    scale = size or 1.0
    return arm.with_combination(name, {above: 1 / scale, below: -ratio / scale}, constant=ratio)
