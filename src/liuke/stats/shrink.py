"""Many small estimates of like things, each drawn towards what all of them say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_SPREADS: Final = np.geomspace(1e-3, 10.0, 400)
"""Standard deviations between that are tried, in units of the estimates' typical sampling error."""


@dataclass(frozen=True, slots=True)
class Shrunken:
    """values: per estimate, drawn towards `mean`. between: variance of the true values among each other."""

    values: tuple[float, ...]
    mean: float
    between: float


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
    values = dict(zip(known, drawn.tolist(), strict=True))
    return Shrunken(tuple(values.get(i, mean) for i in range(len(estimates))), mean, between)


def _between(found: npt.NDArray[np.float64], spread: npt.NDArray[np.float64]) -> float:
    """The variance between, from a grid fine enough for what it is used for."""
    deviations = _SPREADS * float(np.sqrt(np.median(spread)))
    total = spread[None, :] + (deviations**2)[:, None]
    mean = (found / total).sum(axis=1) / (1 / total).sum(axis=1)
    off = ((found[None, :] - mean[:, None]) ** 2 / total).sum(axis=1)
    likelihood = -0.5 * (np.log(total).sum(axis=1) + off)
    return float(deviations[np.argmax(likelihood + np.log(deviations))]) ** 2
