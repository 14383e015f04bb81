"""Which calibration: chosen by log-loss on people it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from liuke.insight.churn.learning.data import Floats
from liuke.insight.churn.learning.folds import stratified
from liuke.stats.calibration import Calibration, Identity, fit_beta, fit_isotonic, log_loss

Fitting = Callable[[NDArray[np.int8], Floats, Floats], Calibration]
FITTINGS: dict[str, Fitting] = {
    "identity": lambda _y, _p, _w: Identity(),
    "beta": fit_beta,
    "isotonic": fit_isotonic,
}
FOLDS = 5


def choose_calibration(
    label: NDArray[np.int8], probability: Floats, weight: Floats | None, seed: int
) -> tuple[Calibration, dict[str, float]]:
    """The calibration with the least held-out log-loss, fitted on all, and the losses of all kinds.

    probability: out of fold, NaN where an example was not held out (left out here).
    """
    held = ~np.isnan(probability)
    y, p = label[held], probability[held]
    w = np.ones(y.size) if weight is None else weight[held]
    folds = stratified(y, max(2, min(FOLDS, int(y.sum()))), seed)
    losses = {kind: float(np.average(*_held_out(fitting, y, p, w, folds))) for kind, fitting in FITTINGS.items()}
    chosen = min(losses, key=lambda kind: losses[kind])
    return FITTINGS[chosen](y, p, w), losses


def _held_out(
    fitting: Fitting, y: NDArray[np.int8], p: Floats, w: Floats, folds: tuple[tuple[NDArray[np.intp], ...], ...]
) -> tuple[list[float], None, list[float]]:
    """Log-loss of each fold and its weight, as np.average takes them."""
    losses, mass = [], []
    for learn, test in folds:
        fitted = fitting(y[learn], p[learn], w[learn])
        losses.append(log_loss(y[test], fitted(p[test]), w[test]))
        mass.append(float(w[test].sum()))
    return losses, None, mass
