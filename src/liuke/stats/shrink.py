"""Many small estimates of like things, each drawn towards what all of them say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from liuke.stats.compare import Interval
from liuke.stats.estimate import Estimate

_SPREADS: Final = np.geomspace(1e-3, 10.0, 400)
"""Standard deviations between that are tried, in units of the estimates' typical sampling error."""


@dataclass(frozen=True, slots=True)
class Shrunken:
    """values: per estimate, drawn towards `mean`. between: variance of the true values among each other. variances: of
    the values: what is still not known of each. With B = v / (between + v) it is between·B + B²·Var(mean) +
    2/(k-3)·B²·(v̄ + between)/(v + between)·(estimate - mean)², the last because `between` is estimated, too (Morris,
    JASA 78, 1983).
    """

    values: tuple[float, ...]
    mean: float
    between: float
    variances: tuple[float, ...]

    def interval(self, place: int, level: float = 0.95) -> Interval:
        """Of the estimate at `place`."""
        return Estimate(self.values[place], self.variances[place]).interval(level)


def shrunken(estimates: Sequence[float | None], variances: Sequence[float | None]) -> Shrunken | None:
    """Empirical Bayes for estimates of known sampling variance (> 0); None stands where nothing was measured.

    value_i = (between · estimate_i + variance_i · mean) / (between + variance_i): Efron & Morris, JASA 70, 1975. The
    variance between maximises the likelihood times the standard deviation: Chung, Rabe-Hesketh, Dorie, Gelman & Liu,
    Psychometrika 78, 2013. Maximum likelihood and moments are often 0 with few estimates, which would make them all
    alike; this is never 0 and about one standard error above it then. What was not measured gets the mean; one estimate
    alone is the mean. None when nothing was measured at all.
    """
    known = [i for i, (e, v) in enumerate(zip(estimates, variances, strict=True)) if e is not None and v is not None]
    if not known:
        return None
    found = np.array([estimates[i] for i in known], float)
    spread = np.array([variances[i] for i in known], float)
    between = _between(found, spread) if len(known) > 1 else 0.0
    weight = 1 / (spread + between)
    mean = float((weight * found).sum() / weight.sum())
    drawn = (between * found + spread * mean) / (between + spread)
    unsure, given = 1 / float(weight.sum()), spread / (between + spread)
    typical = float((spread * weight).sum() / weight.sum())
    unsure_between = 2 / max(len(known) - 3, 1) * given**2 * (typical + between) / (spread + between)
    left = between * given + given**2 * unsure + unsure_between * (found - mean) ** 2
    told = dict(zip(known, zip(drawn.tolist(), left.tolist(), strict=True), strict=True))
    every = [told.get(i, (mean, between + unsure)) for i in range(len(estimates))]
    return Shrunken(tuple(value for value, _ in every), mean, between, tuple(variance for _, variance in every))


def _between(found: npt.NDArray[np.float64], spread: npt.NDArray[np.float64]) -> float:
    """The variance between, from a grid fine enough for what it is used for."""
    deviations = _SPREADS * float(np.sqrt(np.median(spread)))
    total = spread[None, :] + (deviations**2)[:, None]
    mean = (found / total).sum(axis=1) / (1 / total).sum(axis=1)
    off = ((found[None, :] - mean[:, None]) ** 2 / total).sum(axis=1)
    likelihood = -0.5 * (np.log(total).sum(axis=1) + off)
    return float(deviations[np.argmax(likelihood + np.log(deviations))]) ** 2
