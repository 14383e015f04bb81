"""How features and score are distributed today, counted while they pass by on their way to the model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from liuke.stats.drift import Reference

Floats = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32] | npt.NDArray[np.float64]
ENOUGH = 200_000
"""Customers counted per feature, about: at this size the noise of a PSI of ten bins is below 0.0001 (9 / n)."""


class Histogram:
    """Counts in the bins of the training's references. Add batches, then read `features` and `score`."""

    def __init__(self, features: Mapping[str, Reference], score: Reference | None) -> None:
        self._names = tuple(features)
        self._references = tuple(features.values())
        self._score = score
        self._counts = [np.zeros(len(r.shares) + 1, np.int64) for r in self._references]
        self._scores = np.zeros(len(score.shares) + 1 if score else 1, np.int64)
        self.customers = 0

    def add(self, matrix: Matrix, probability: Floats, drawn: npt.NDArray[np.bool_] | None = None) -> None:
        """Counts a batch: (n, p) features in the order of the references, and their n probabilities.

        drawn: who counts for the features, default everybody; in a large bank some ENOUGH of all do.
        """
        self.customers += len(matrix)
        if self._score is not None:
            self._scores += _count(self._score, probability)
        part = matrix if drawn is None else matrix[drawn]
        for place, reference in enumerate(self._references):
            self._counts[place] += _count(reference, part[:, place])

    def features(self) -> dict[str, tuple[Reference, Reference]]:
        """By feature: the training's distribution and today's, in the same bins."""
        return {
            name: (reference, _shares(reference, counts))
            for name, reference, counts in zip(self._names, self._references, self._counts, strict=True)
        }

    def score(self) -> tuple[Reference, Reference] | None:
        """The same of the score; None when the model has no reference of it."""
        return None if self._score is None else (self._score, _shares(self._score, self._scores))


def _count(reference: Reference, values: Matrix) -> npt.NDArray[np.int64]:
    """Customers per bin; the last is those without a value."""
    empty = np.isnan(values)
    where = np.searchsorted(np.asarray(reference.edges), values[~empty], side="left")
    counts = np.bincount(where, minlength=len(reference.shares))
    return np.append(counts, empty.sum()).astype(np.int64)


def _shares(reference: Reference, counts: npt.NDArray[np.int64]) -> Reference:
    people = int(counts.sum())
    shares = counts / max(people, 1)
    return Reference(reference.edges, tuple(shares[:-1].tolist()), float(shares[-1]), people)
