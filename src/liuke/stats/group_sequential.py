"""A few looks on days fixed beforehand: boundaries that spend the allowed error over them.

Lan & DeMets (1983), Discrete sequential boundaries for clinical trials, Biometrika 70. At information share t at most
α(t) of the error may be spent; with α per tail ((1 - level)/2)

    O'Brien-Fleming type  α(t) = 2 - 2Φ(z_{α/2}/√t)      hardly anything early, nearly the full level at the end
    Pocock type           α(t) = α·ln(1 + (e - 1)·t)     about as strict at every look

The boundary at look k solves P(no crossing before, Z_k ≥ b_k) = α(t_k) - α(t_{k-1}) for the Brownian path of the
scores, by the recursive integration of Armitage, McPherson & Rowe (1969), JRSS A 132 (Jennison & Turnbull 1999, ch.
19). The looks may come at other times than planned: a boundary depends on the looks so far only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from liuke.errors import YourMistake
from liuke.stats.compare import Interval
from liuke.stats.cross_moments import Floats
from liuke.stats.estimate import Estimate

Spending = Literal["obrien_fleming", "pocock"]
_FARTHEST = 8.0
"""A boundary no result reaches (p of 1e-15): of a look so early that nothing may be spent."""


@dataclass(frozen=True, slots=True)
class SequentialPlan:
    """times: information shares of the looks, rising, the last at most 1. bounds: |z| that stops at each look.

    A look's |estimate / error| at or above its bound is an effect; the error over all looks together is 1 - level.
    """

    times: tuple[float, ...]
    bounds: tuple[float, ...]
    spending: Spending
    level: float

    def interval(self, estimate: Estimate, look: int) -> Interval:
        """The repeated confidence interval at a look (from 0): the looks' intervals all hold the truth, at `level`.

        Jennison & Turnbull (1989), Interim analyses: the repeated confidence interval approach, JRSS B 51. Right also
        when the experiment goes on though a boundary was crossed.
        """
        half = self.bounds[look] * estimate.error
        return Interval(estimate.value, estimate.value - half, estimate.value + half, self.level)


def sequential_plan(
    times: Sequence[float], spending: Spending = "obrien_fleming", level: float = 0.95
) -> SequentialPlan:
    """Boundaries for looks at these information shares (units measured ÷ units planned)."""
    _check(times)
    bounds: list[float] = []
    spent = 0.0
    path: _Path | None = None
    for time in times:
        allowed = spending_function(time, spending, level)
        step = _Step(path, time)
        bounds.append(step.bound(allowed - spent))
        spent, path = allowed, step.going_on(bounds[-1])
    return SequentialPlan(tuple(times), tuple(bounds), spending, level)


def spending_function(time: float, spending: Spending, level: float = 0.95) -> float:
    """The error that may be spent up to this information share, in each tail."""
    alpha = (1 - level) / 2
    if spending == "pocock":
        return alpha * math.log1p((math.e - 1) * time)
    return float(2 * special.ndtr(special.ndtri(alpha / 2) / math.sqrt(time)))


def stopping_chances(plan: SequentialPlan, drift: float) -> tuple[float, ...]:
    """The chance to stop at each look by crossing upwards. drift: expected z at information share 1 (0: no effect)."""
    chances = []
    path: _Path | None = None
    for time, bound in zip(plan.times, plan.bounds, strict=True):
        step = _Step(path, time, drift)
        chances.append(step.above(bound))
        path = step.going_on(bound)
    return tuple(chances)


def inflation(plan: SequentialPlan, power: float = 0.8) -> float:
    """How many times the units of an experiment with one look at its end are needed at most, for the same power."""
    from scipy import optimize  # slow to import, and only planning needs it

    once = float(special.ndtri(0.5 + plan.level / 2) + special.ndtri(power))
    drift = optimize.brentq(lambda d: sum(stopping_chances(plan, d)) - power, 0.1, 2 * once + 4)
    return float((drift / once) ** 2)


@dataclass(frozen=True, slots=True)
class _Path:
    """Where the score stands at `time` while no boundary was crossed: nodes, and weight times density there."""

    time: float
    nodes: Floats
    mass: Floats


@dataclass(frozen=True, slots=True)
class _Step:
    """From the path so far to the next look."""

    path: _Path | None
    time: float
    drift: float = 0.0

    def above(self, bound: float) -> float:
        """P(not stopped before, z at this look ≥ bound)."""
        edge = bound * math.sqrt(self.time)
        if self.path is None:
            return float(special.ndtr((self.drift * self.time - edge) / math.sqrt(self.time)))
        passed = self.time - self.path.time
        return float(self.path.mass @ special.ndtr((self.path.nodes + self.drift * passed - edge) / math.sqrt(passed)))

    def bound(self, chance: float) -> float:
        """The boundary crossed upwards with this chance."""
        from scipy import optimize  # as above

        if chance <= self.above(_FARTHEST):
            return _FARTHEST
        return float(optimize.brentq(lambda b: self.above(b) - chance, 0.0, _FARTHEST, xtol=1e-10))

    def going_on(self, bound: float) -> _Path:
        """The density between the boundaries of this look, by Gauss and Legendre's nodes."""
        half = bound * math.sqrt(self.time)
        passed = self.time - (self.path.time if self.path else 0.0)
        # Fine against the step between looks, or the kernel would fall between the nodes.
        count = min(max(80, math.ceil(8 * half / math.sqrt(passed))), 2000)
        nodes, weights = np.polynomial.legendre.leggauss(count)
        nodes, weights = nodes * half, weights * half
        if self.path is None:
            return _Path(self.time, nodes, weights * _normal(nodes - self.drift * passed, passed))
        kernel = _normal(nodes[:, None] - self.path.nodes[None, :] - self.drift * passed, passed)
        return _Path(self.time, nodes, weights * (kernel @ self.path.mass))


def _normal(x: Floats, variance: float) -> Floats:
    return np.asarray(np.exp(-0.5 * x * x / variance) / math.sqrt(2 * math.pi * variance))


def _check(times: Sequence[float]) -> None:
    rising = all(a < b for a, b in zip((0.0, *times), times, strict=False))
    if not times or not rising or times[-1] > 1:
        raise YourMistake(
            f"looks at {list(times)} are not a plan",
            expected="rising shares of the planned information, above 0 and at most 1",
            then="give units measured ÷ units planned at every look; once over the plan, give 1",
        )
