"""Outcomes that are missing more often in one arm: the worst and the best the effect can be.

Lee (2009), Training, wages, and sample selection: estimating sharp bounds on treatment effects, Review of Economic
Studies 76. In the arm with the larger share of outcomes, the customers seen only because of it are either the best or
the worst; without the share (q₁ - q₀)/q₁ of them at the top or at the bottom, both arms hold the same kind of customer:
those whose outcome would be seen either way. Needs that being treated makes nobody's outcome disappear who would have
been seen (or that it only does so).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from liuke.errors import YourMistake
from liuke.stats.compare import Interval
from liuke.stats.moments import Moments


@dataclass(frozen=True, slots=True)
class Seen:
    """An arm: how many were drawn, and the moments of the outcomes that were seen."""

    drawn: int
    outcomes: Moments

    @property
    def share(self) -> float:
        """Seen of drawn, 0..1."""
        return self.outcomes.n / self.drawn if self.drawn else math.nan


@dataclass(frozen=True, slots=True)
class Trimmed:
    """The outcomes that stay when a share is cut off one end.

    edge: the value at the cut. inside: moments of the outcomes strictly on the kept side of the edge. As many of the
    outcomes equal to the edge are kept as are needed, so that ties (0 and 1) are cut exactly.
    """

    edge: float
    inside: Moments

    @classmethod
    def of(cls, outcomes: npt.ArrayLike, cut: float, *, top: bool) -> Trimmed:
        """Of outcomes in memory; top: whether the best are cut off."""
        y = np.sort(np.asarray(outcomes, dtype=np.float64))
        edge = float(y[edge_rank(y.size, cut, top=top) - 1])
        return cls(edge, Moments.of(y[y < edge] if top else y[y > edge]))


@dataclass(frozen=True, slots=True)
class LeeBounds:
    """low, high: the bounds themselves. interval: holds the effect with its level; its estimate is their middle.

    cut: share trimmed. trimmed_treated: whether the treated were the arm that was trimmed.
    """

    low: float
    high: float
    interval: Interval
    cut: float
    trimmed_treated: bool


def cut_share(treated: Seen, control: Seen) -> tuple[float, bool] | None:
    """What share to trim, and whether of the treated; None when an arm has fewer than two outcomes."""
    for arm in (treated, control):
        if arm.outcomes.n > arm.drawn:
            raise YourMistake(
                f"{arm.outcomes.n} outcomes of {arm.drawn} drawn", expected="at most one outcome per customer drawn",
            )  # fmt: skip
    if min(treated.outcomes.n, control.outcomes.n) < 2:
        return None
    more, fewer = max(treated.share, control.share), min(treated.share, control.share)
    return 1 - fewer / more, treated.share >= control.share


def edge_rank(n: int, cut: float, *, top: bool) -> int:
    """The rank (from 1, rising) of the outcome at which the trimming cuts: which order statistic the engine picks."""
    kept = (1 - cut) * n
    rank = math.ceil(kept - 1e-9) if top else n + 1 - math.ceil(kept - 1e-9)
    return min(max(rank, 1), n)


def lee_bounds(
    treated: Seen, control: Seen, without_best: Trimmed, without_worst: Trimmed, level: float = 0.95
) -> LeeBounds | None:
    """The bounds of the mean effect on those seen either way, and Imbens and Manski's interval of the effect itself.

    without_best, without_worst: the arm that `cut_share` names, trimmed by its share. Variances: Lee's proposition 3
    (spread within what is kept, the edge, the share). Interval: Imbens & Manski (2004), Econometrica 72: [low -
    C·s_low, high + C·s_high] with Φ(C + (high - low)/max s) - Φ(-C) = level, between one- and two-sided z. None as
    `cut_share`.
    """
    found = cut_share(treated, control)
    if found is None:
        return None
    cut, of_treated = found
    arm, other = (treated, control) if of_treated else (control, treated)
    sign = 1 if of_treated else -1
    ends = [_end(arm, other, trimmed, cut) for trimmed in (without_best, without_worst)]
    (low, var_low), (high, var_high) = sorted((sign * (kept - other.outcomes.mean), v) for kept, v in ends)
    errors = math.sqrt(var_low), math.sqrt(var_high)
    reach = imbens_manski(high - low, max(errors), level)
    interval = Interval((low + high) / 2, low - reach * errors[0], high + reach * errors[1], level)
    return LeeBounds(low, high, interval, cut, of_treated)


def imbens_manski(width: float, error: float, level: float = 0.95) -> float:
    """C with Φ(C + width/error) - Φ(-C) = level: 1.96 for a point, 1.64 for wide bounds (at 95%)."""
    from scipy import optimize  # slow to import, and few readings need it

    ahead = width / error if error > 0 else math.inf
    return float(optimize.brentq(lambda c: special.ndtr(c + ahead) - special.ndtr(-c) - level, 0.0, 10.0))


def _end(arm: Seen, other: Seen, trimmed: Trimmed, cut: float) -> tuple[float, float]:
    """Mean of what is kept, and the variance of its difference to the other arm's mean."""
    kept = (1 - cut) * arm.outcomes.n
    at_edge = kept - trimmed.inside.n
    mean = (trimmed.inside.total + at_edge * trimmed.edge) / kept
    squares = trimmed.inside.squares + at_edge * trimmed.edge**2
    spread = max(squares / kept - mean * mean, 0.0)
    step = (trimmed.edge - mean) ** 2
    of_share = (1 - arm.share) / (arm.share * arm.drawn) + (1 - other.share) / (other.share * other.drawn)
    variance = (spread + cut * step) / kept + step * of_share
    return mean, variance + other.outcomes.variance / other.outcomes.n
