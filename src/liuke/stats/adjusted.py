"""Means of two arms and their difference, plain (Welch) or made sharper by what was known before the draw (CUPED)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liuke.errors import YourMistake
from liuke.stats.arm_means import ArmMeans
from liuke.stats.cross_moments import CrossMoments, Floats
from liuke.stats.estimate import effective_units, satterthwaite


def arm_means(
    treated: CrossMoments, control: CrossMoments, metric: str, covariates: Sequence[str] = ()
) -> ArmMeans | None:
    """Both means of `metric`, moved to where they would be had both arms had the same covariates.

    ȳ_a - θ'(x̄_a - x̄), x̄ over both arms, θ the slopes within arms pooled over them. Without covariates this is Welch
    (1947), Biometrika 34, with Satterthwaite's degrees of freedom. With them it is CUPED with several covariates (Deng,
    Xu, Kohavi & Walker, WSDM 2013) = the regression on arm and covariates with errors that may differ between arms
    (Lin 2013, Annals of Applied Statistics 7, on why the draw makes it honest). Pooled θ, because a slope of a small
    hold-out alone would be noise. Covariates must have been fixed before the draw: one that the treatment can move
    takes part of the effect away.

    None when an arm has under two units, or fewer than the slopes need (both arms together: p + 3). A covariate that
    does not vary, or repeats another, changes nothing. Equal outcomes of everybody are an answer: a variance of 0.
    """
    if min(treated.n, control.n) < 2 or treated.n + control.n < len(covariates) + 3:
        return None
    one, two = treated.pick(metric, *covariates), control.pick(metric, *covariates)
    slopes = _pooled_slopes(one, two)
    n1, n0 = one.n, two.n
    # The slopes cost degrees of freedom: without this the variance of small arms would be too low.
    scale = (n1 + n0 - 2) / (n1 + n0 - 2 - len(covariates))
    own = np.r_[1.0, -slopes * (n0 / (n1 + n0))], np.r_[1.0, -slopes * (n1 / (n1 + n0))]
    other = np.r_[0.0, slopes * (n0 / (n1 + n0))], np.r_[0.0, slopes * (n1 / (n1 + n0))]
    cov1, cov0 = one.covariance / n1 * scale, two.covariance / n0 * scale
    residual = _residual(one, cov1, slopes), _residual(two, cov0, slopes)
    return ArmMeans(
        treated=float(own[0] @ one.means + other[0] @ two.means),
        control=float(own[1] @ two.means + other[1] @ one.means),
        variance_treated=float(own[0] @ cov1 @ own[0] + other[0] @ cov0 @ other[0]),
        variance_control=float(own[1] @ cov0 @ own[1] + other[1] @ cov1 @ other[1]),
        covariance=float(own[0] @ cov1 @ other[1] + other[0] @ cov0 @ own[1]),
        degrees=satterthwaite(((residual[0], n1 - 1), (residual[1], n0 - 1))),
        units=effective_units(n1, n0),
    )


def variance_kept(treated: CrossMoments, control: CrossMoments, metric: str, covariates: Sequence[str]) -> float | None:
    """Share of the outcome's variance that the covariates leave, 0..1: what CUPED buys. None as in `arm_means`."""
    plain, sharp = arm_means(treated, control, metric), arm_means(treated, control, metric, covariates)
    if plain is None or sharp is None or plain.difference.variance == 0:
        return None
    return min(sharp.difference.variance / plain.difference.variance, 1.0)


def _pooled_slopes(treated: CrossMoments, control: CrossMoments) -> Floats:
    """θ: least squares within arms; of a direction in which the covariates do not vary the slope is 0."""
    if len(treated.names) == 1:
        return np.zeros(0)
    scatter = treated.scatter + control.scatter
    within, cross = scatter[1:, 1:], scatter[1:, 0]
    size = np.sqrt(np.maximum(np.diagonal(within), 0.0))
    size[size <= 1e-9 * np.sqrt(treated.n) * np.abs(treated.means[1:])] = 0.0  # constant, but for rounding
    unit = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    # Scaled to correlations first: money and counts stand side by side.
    return np.asarray(
        np.linalg.pinv(within * np.outer(unit, unit), rcond=1e-10, hermitian=True) @ (cross * unit) * unit
    )


def _residual(arm: CrossMoments, covariance: Floats, slopes: Floats) -> float:
    weights = np.r_[1.0, -slopes]
    left = float(weights @ covariance @ weights)
    size = np.abs(np.diagonal(covariance)) + arm.means**2 / arm.n  # rounding is relative to this
    if left < -1e-8 * float(size @ weights**2):
        raise YourMistake(
            f"the variance of {arm.names[0]} is negative once the covariates are taken out",
            expected="sums of the outcome and of its covariates over the same units",
            state="no reading was made",
            then="sum outcome, covariates and their products in one query, over the units that have the outcome",
        )
    return max(left, 0.0)
