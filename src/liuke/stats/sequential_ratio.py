"""The sample ratio check that may be looked at every day."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from liuke.errors import YourMistake

_PRIOR_UNITS = 1000.0
"""How sure the prior is of the planned shares: it expects deviations of some 1.5 points of a half, the size that bugs
make. Any number keeps the promise on false alarms; this one finds such deviations soonest."""


def sequential_ratio_p(observed: Sequence[int], shares: Sequence[float]) -> float:
    """An always-valid p-value of the arms' sizes against the planned shares, for any number of arms.

    p = min(1, Π θ_i^x_i · B(κθ) / B(κθ + x)), the inverse Bayes factor of a Dirichlet(κθ) prior against the planned θ.
    Lindon & Malek (2022), Anytime-valid inference for multinomial count data, NeurIPS 35. The chance that it ever falls
    below a cut is at most the cut, so the daily check needs no correction; χ² (`compare.sample_ratio`) is for one look.
    1 before anybody was drawn, 0 as soon as somebody is in an arm with a share of 0.
    """
    counts, plan = np.asarray(observed, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if counts.shape != plan.shape or (plan < 0).any() or not plan.sum() > 0 or (counts < 0).any():
        raise YourMistake("the planned shares do not fit the arms", expected="one share of 0 or more per arm")
    if counts[plan == 0].any():
        return 0.0
    counts, theta = counts[plan > 0], plan[plan > 0] / plan.sum()
    prior = _PRIOR_UNITS * theta
    log_factor = _log_beta(prior + counts) - _log_beta(prior) - float(counts @ np.log(theta))
    return min(1.0, math.exp(-log_factor)) if log_factor > -700 else 1.0


def _log_beta(alpha: np.ndarray) -> float:
    return float(special.gammaln(alpha).sum() - special.gammaln(alpha.sum()))
