"""Many small estimates of like things, each drawn towards what all of them say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Shrunken:
    """values: per estimate, drawn towards `mean`. between: variance of the true values among each other."""

    values: tuple[float, ...]
    mean: float
    between: float


def shrunken(estimates: Sequence[float | None], variances: Sequence[float | None]) -> Shrunken | None:
    """Empirical Bayes for estimates of known sampling variance (> 0); None stands where nothing was measured.

    value_i = (between · estimate_i + variance_i · mean) / (between + variance_i): Efron & Morris, JASA 70, 1975. The
    variance between is the method of moments of DerSimonian & Laird, Controlled Clinical Trials 7, 1986, at least 0;
    where it is 0 all values are the mean. What was not measured gets the mean. None when nothing was measured at all.
    With two or three estimates the variance between is poorly known and mostly 0: then they stay alike.
    """
    known = [i for i, (e, v) in enumerate(zip(estimates, variances, strict=True)) if e is not None and v is not None]
    if not known:
        return None
    found = np.array([estimates[i] for i in known], float)
    spread = np.array([variances[i] for i in known], float)
    weight = 1 / spread
    fixed = float((weight * found).sum() / weight.sum())
    excess = float((weight * (found - fixed) ** 2).sum()) - (len(known) - 1)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max(excess / scale, 0.0) if scale > 0 else 0.0
    weight = 1 / (spread + between)
    mean = float((weight * found).sum() / weight.sum())
    drawn = (between * found + spread * mean) / (between + spread)
    values = dict(zip(known, drawn.tolist(), strict=True))
    return Shrunken(tuple(values.get(i, mean) for i in range(len(estimates))), mean, between)
