"""k-means on a bounded sample; how many clusters is decided by stability first, then by silhouette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from liuke.insight.clusters.scaling import Matrix

if TYPE_CHECKING:
    # At run time inside the functions: two seconds that every command would pay.
    from sklearn.cluster import KMeans

FEWEST, MOST = 3, 8
STABLE = 0.8
"""Two fits on halves of the sample must agree about everybody at least so far (adjusted Rand index)."""
_SILHOUETTE_ROWS = 4_000
_PAIRS = 2
_STARTS = 4

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trial:
    """One number of clusters. stability: mean adjusted Rand index of fits on disjoint halves, 1 = the same
    clusters. silhouette: −1 … 1, how much nearer customers are to their own cluster than to the next.
    """

    k: int
    stability: float
    silhouette: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """centroids: k × features in scaled units, the largest cluster of the sample first; labels: of the sample."""

    k: int
    centroids: Matrix
    labels: Labels
    trials: tuple[Trial, ...]


def fit_clusters(sample: Matrix, seed: int, *, fewest: int = FEWEST, most: int = MOST) -> Fitted:
    """The clusters of scaled rows. Deterministic by seed.

    Rule: among the k whose stability reaches 0.8 the one with the best silhouette, the smaller at a tie; when none
    is stable, the most stable one. `sample` needs at least 20 rows per cluster asked for.
    """
    with threadpool_limits(limits=1):  # sums in one order: the same on every machine
        return _fitted(sample, seed, fewest, max(min(most, len(sample) // 20), 2))


def _fitted(sample: Matrix, seed: int, fewest: int, most: int) -> Fitted:
    trials = tuple(_trial(sample, k, seed) for k in range(min(fewest, most), most + 1))
    steady = [t for t in trials if t.stability >= STABLE]
    best = max(steady, key=lambda t: (round(t.silhouette, 6), -t.k)) if steady else max(
        trials, key=lambda t: (round(t.stability, 6), -t.k)
    )  # fmt: skip
    made = _k_means(sample, best.k, seed)
    labels = np.asarray(made.labels_, dtype=np.int64)
    order = np.argsort(-np.bincount(labels, minlength=best.k), kind="stable")
    place = np.empty(best.k, dtype=np.int64)
    place[order] = np.arange(best.k)
    return Fitted(best.k, np.asarray(made.cluster_centers_, dtype=np.float64)[order], place[labels], trials)


def _trial(sample: Matrix, k: int, seed: int) -> Trial:
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    rng = np.random.default_rng(seed)
    agreements = []
    for _ in range(_PAIRS):
        mixed = rng.permutation(len(sample))
        halves = np.array_split(mixed, 2)
        one, other = (_k_means(sample[half], k, seed).predict(sample) for half in halves)
        agreements.append(float(adjusted_rand_score(one, other)))
    labels = _k_means(sample, k, seed).labels_
    few = rng.permutation(len(sample))[:_SILHOUETTE_ROWS]
    apart = float(silhouette_score(sample[few], labels[few])) if len(set(labels[few])) > 1 else -1.0
    return Trial(k, float(np.mean(agreements)), apart)


def _k_means(rows: Matrix, k: int, seed: int) -> KMeans:
    from sklearn.cluster import KMeans

    return KMeans(n_clusters=k, n_init=_STARTS, random_state=seed).fit(rows)
