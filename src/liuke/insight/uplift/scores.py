"""Doubly robust scores: one number per person whose mean, over any group chosen without looking at it, is an effect.

    score of being treated = m1 + w (y − m1) / e            score of being left alone = m0 + (1 − w)(y − m0) / (1 − e)

with w the arm, y the outcome, e the chance to be treated, m1 and m0 what a model that has not seen the person expects
in each arm: Robins, Rotnitzky & Zhao, JASA 89, 1994. With e known from the draw their means are unbiased however bad
m1 and m0 are; good ones only take out noise. A mean's interval comes from the spread of the scores, its influence
function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from liuke.insight.uplift.trial import CHANCE_FROM, CHANCE_TO, Bools, Floats
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """(n,) each, in units of the outcome."""

    treated: Floats
    control: Floats

    @property
    def effect(self) -> Floats:
        """Of being treated instead of left alone."""
        return self.treated - self.control


def doubly_robust(treated: Bools, outcome: Floats, chance: Floats, m1: Floats, m0: Floats) -> Scores:
    """The scores; chances are kept within CHANCE_FROM … CHANCE_TO."""
    e = np.clip(chance, CHANCE_FROM, CHANCE_TO)
    w = treated.astype(np.float64)
    return Scores(m1 + w * (outcome - m1) / e, m0 + (1 - w) * (outcome - m0) / (1 - e))


def inverse_chance(treated: Bools, outcome: Floats, chance: Floats) -> Scores:
    """The same without a model (m1 = m0 = 0): Horvitz & Thompson, JASA 47, 1952. Unbiased, and noisier."""
    zero = np.zeros_like(outcome)
    return doubly_robust(treated, outcome, chance, zero, zero)


def mean_of(values: Floats, level: float = 0.95) -> Interval | None:
    """The mean with its normal interval; None for fewer than two people."""
    if values.size < 2:
        return None
    centre = float(values.mean())
    half = float(special.ndtri(0.5 + level / 2)) * math.sqrt(float(values.var(ddof=1)) / values.size)
    return Interval(centre, centre - half, centre + half, level)
