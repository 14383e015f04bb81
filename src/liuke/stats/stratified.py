"""Arms compared within strata (branch, tier, month of entry) and put together by the strata's sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from liuke.stats.adjusted import arm_means
from liuke.stats.arm_means import ArmMeans
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.estimate import effective_units, satterthwaite

Stratum = tuple[CrossMoments, CrossMoments]
"""Treated and control of one stratum."""
ENOUGH = 10
"""A stratum with fewer units in an arm is put together with the other thin ones: its variance would be a guess."""


@dataclass(frozen=True, slots=True)
class Stratified:
    """The means over strata; strata: how many were compared; gathered: how many of the given ones were put together."""

    means: ArmMeans
    strata: int
    gathered: int


def stratified(
    strata: Sequence[Stratum],
    metric: str,
    covariates: Sequence[str] = (),
    read: Callable[[CrossMoments], CrossMoments] | None = None,
) -> Stratified | None:
    """Σ w_k · (mean of treated, of control) in stratum k, w_k = its share of all units of both arms.

    Post-stratification: Miratrix, Sekhon & Yu (2013), Adjusting treatment effect estimates by post-stratification in
    randomized experiments, JRSS B 75. Also right when the arms' shares differ between strata, where the plain
    difference is biased. Covariates are taken out within strata. read: applied to each arm of each stratum first, for
    ratios (`linearised`). Thin strata are put together to one; None when not even that is enough for a variance.
    """
    whole, gathered = _gathered([pair for pair in strata if pair[0].n + pair[1].n], 2 + len(covariates))
    found = []
    for treated, control in whole:
        arms = (read(treated), read(control)) if read else (treated, control)
        means = arm_means(*arms, metric, covariates)
        if means is None:
            return None
        found.append((treated.n + control.n, means))
    return Stratified(_weighted(found, whole), len(whole), gathered) if found else None


def _weighted(found: Sequence[tuple[int, ArmMeans]], strata: Sequence[Stratum]) -> ArmMeans:
    units = sum(n for n, _ in found)
    parts = [(n / units, means) for n, means in found]
    degrees = tuple((w * w * m.difference.variance, m.degrees) for w, m in parts)
    return ArmMeans(
        treated=sum(w * m.treated for w, m in parts),
        control=sum(w * m.control for w, m in parts),
        variance_treated=sum(w * w * m.variance_treated for w, m in parts),
        variance_control=sum(w * w * m.variance_control for w, m in parts),
        covariance=sum(w * w * m.covariance for w, m in parts),
        degrees=satterthwaite(degrees),
        units=effective_units(sum(t.n for t, _ in strata), sum(c.n for _, c in strata)),
    )


def _gathered(strata: Sequence[Stratum], least: int) -> tuple[list[Stratum], int]:
    """The thick strata and, as one more, the thin ones; while that is still thin it takes in the smallest thick one."""

    def size(pair: Stratum) -> int:
        return min(pair[0].n, pair[1].n)

    thick = sorted((pair for pair in strata if size(pair) >= max(ENOUGH, least)), key=size, reverse=True)
    thin = [pair for pair in strata if size(pair) < max(ENOUGH, least)]
    if not thin:
        return thick, 0
    rest, taken = _together(thin), len(thin)
    while size(rest) < max(ENOUGH, least) and thick:
        rest, taken = _together([rest, thick.pop()]), taken + 1
    return [*thick, rest], taken


def _together(strata: Sequence[Stratum]) -> Stratum:
    (treated, control), *others = strata
    for more_treated, more_control in others:
        treated, control = treated + more_treated, control + more_control
    return treated, control
