"""Whole clusters drawn (an RM's customers, a branch): clusters are the units, whatever their sizes.

RMs cannot un-know: when one RM has customers in both arms, what he learns with the treated he does for the held out.
Then RMs or branches are drawn instead, and errors that treat customers as independent are far too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from liuke.stats.adjusted import arm_means
from liuke.stats.arm_means import ArmMeans
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.ratio import linearised


@dataclass(frozen=True, slots=True)
class ClusterMoments:
    """Of the clusters of an arm.

    sums: moments over clusters of `size` (customers) and `total` (sum of the outcome), and of covariates per
    cluster, if any. between: Σ total²/size over clusters. squares: Σ y² over customers.
    """

    sums: CrossMoments
    between: float
    squares: float

    @classmethod
    def of(cls, outcome: npt.ArrayLike, cluster: npt.ArrayLike) -> ClusterMoments:
        """Of customers in memory: the outcome and the cluster of each."""
        y = np.asarray(outcome, dtype=np.float64)
        _, where = np.unique(np.asarray(cluster), return_inverse=True)
        size, total = np.bincount(where).astype(np.float64), np.bincount(where, y)
        sums = CrossMoments.of({"size": size, "total": total})
        return cls(sums, float((total**2 / size).sum()), float(y @ y))

    def __add__(self, other: ClusterMoments) -> ClusterMoments:
        """Of both groups of clusters together."""
        return ClusterMoments(self.sums + other.sums, self.between + other.between, self.squares + other.squares)

    @property
    def customers(self) -> float:
        """Customers of all clusters."""
        return self.sums.n * self.sums.mean("size")


def cluster_means(treated: ClusterMoments, control: ClusterMoments, covariates: Sequence[str] = ()) -> ArmMeans | None:
    """Mean outcome per customer of both arms, with errors by clusters; None with under two clusters in an arm.

    Per arm Var = G/(G - 1) · Σ_g (total_g - mean·size_g)² / customers²: the sandwich of Liang & Zeger (1986),
    Biometrika 73, with the small-sample factor G/(G - 1), which for equal sizes is Bell & McCaffrey's CR2 (2002, Survey
    Methodology 28). Student's t with Satterthwaite's degrees of freedom over G - 1 per arm, since clusters are few:
    with under about fifteen per arm, or one cluster far larger than the rest, intervals cover somewhat less often than
    they say.
    covariates: names of numbers per cluster among the sums, fixed before the draw.
    """
    if min(treated.sums.n, control.sums.n) < 2:
        return None
    read = [linearised(arm.sums, "total", "size", "outcome") for arm in (treated, control)]
    return arm_means(read[0], read[1], "outcome", covariates)


def intraclass_correlation(*arms: ClusterMoments) -> float | None:
    """How alike customers of one cluster are, within arms: 1 when all alike, 0 when no more than strangers.

    ANOVA estimator for clusters of unlike size: Donner (1986), International Statistical Review 54. May come out a
    little below 0. None without two clusters in an arm, or without a cluster of two customers, or without any spread.
    """
    arms = tuple(arm for arm in arms if arm.sums.n)
    clusters, customers = sum(arm.sums.n for arm in arms), sum(arm.customers for arm in arms)
    free = clusters - len(arms)
    if free < 1 or customers <= clusters:
        return None
    middle = sum((arm.sums.n * arm.sums.mean("total")) ** 2 / arm.customers for arm in arms)
    among = (sum(arm.between for arm in arms) - middle) / free
    inside = sum(arm.squares - arm.between for arm in arms) / (customers - clusters)
    uneven = sum(arm.sums.moments("size").squares / arm.customers for arm in arms)
    typical = (customers - uneven) / free
    below = among + (typical - 1) * inside
    return float((among - inside) / below) if below > 0 else None


def design_effect(correlation: float, mean_size: float, size_variation: float = 0.0) -> float:
    """How many times more customers are needed because clusters are drawn: 1 + ((cv² + 1)·m - 1)·ρ, at least 1.

    size_variation: cv, standard deviation of the sizes over their mean. Eldridge, Ashby & Kerry (2006), International
    Journal of Epidemiology 35; with cv = 0 Kish's (1965).
    """
    return max(1.0, 1 + ((size_variation**2 + 1) * mean_size - 1) * correlation)
