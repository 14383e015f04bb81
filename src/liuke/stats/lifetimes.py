"""How long something lasts when for some it is not over yet: Kaplan and Meier's curve from counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from liuke.stats.compare import Interval, proportion


@dataclass(frozen=True, slots=True)
class Step:
    """One time: how many were still there just before it and are watched then, and how many of them were lost."""

    at_risk: int
    lost: int


def kaplan_meier(steps: Sequence[Step], level: float = 0.95) -> tuple[Interval, ...]:
    """The share that lasts beyond each time, in order, as long as anybody is at risk.

    Kaplan & Meier (1958), JASA 53: S = Π (1 - lost/at_risk). Who is watched for a shorter time leaves the risk, which
    is right when that does not hang together with lasting (censored by the day they came). Interval: Greenwood's
    variance on the scale log(-log S), which stays inside [0, 1] (Kalbfleisch & Prentice 1980). Where S is 1 or 0 that
    scale has no spread; there Wilson's interval of those at risk stands in its place, so that certainty is not feigned.
    """
    share, spread, found = 1.0, 0.0, list[Interval]()
    for step in steps:
        if step.at_risk == 0:
            break
        share *= 1 - step.lost / step.at_risk
        if step.lost < step.at_risk:
            spread += step.lost / (step.at_risk * (step.at_risk - step.lost))
        found.append(_interval(share, spread, step, level))
    return tuple(found)


def _interval(share: float, spread: float, step: Step, level: float) -> Interval:
    if spread == 0 or step.lost == step.at_risk:
        return proportion(step.at_risk - step.lost, step.at_risk, level) or Interval(share, share, share, level)
    reach = float(special.ndtri(0.5 + level / 2)) * math.sqrt(spread) / abs(math.log(share))
    return Interval(share, share ** math.exp(reach), share ** math.exp(-reach), level)
