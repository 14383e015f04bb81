"""Examples: what a model learns from and is judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liuke.errors import OurBug, YourMistake, did_you_mean

Matrix = NDArray[np.float32] | NDArray[np.float64]
Floats = NDArray[np.float64]
Rows = NDArray[np.intp] | NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Examples:
    """People at moments, what was known of them then, and what became of them.

    features: (n, p), NaN where unknown. names: p of them. label: (n,) of 0 and 1. group: (n,) ordinal day of the
    snapshot an example belongs to; when given, training orders by it and never validates on an earlier day than it
    learned from. weight: (n,) how many people an example stands for (1 when absent).
    """

    features: Matrix
    names: tuple[str, ...]
    label: NDArray[np.int8]
    group: NDArray[np.int64] | None = None
    weight: Floats | None = None

    def __post_init__(self) -> None:
        n, p = self.features.shape
        extra = [a for a in (self.label, self.group, self.weight) if a is not None]
        if p != len(self.names) or any(a.shape != (n,) for a in extra) or len(set(self.names)) != p:
            raise OurBug(f"examples do not fit together: {n} x {p}, {len(self.names)} names, {len(self.label)} labels")

    def __len__(self) -> int:
        """Examples."""
        return int(self.label.size)

    @property
    def positives(self) -> int:
        """Examples with label 1."""
        return int((self.label == 1).sum())

    @property
    def base_rate(self) -> float:
        """Share of examples with label 1, unweighted."""
        return self.positives / len(self) if len(self) else 0.0

    def take(self, rows: Rows) -> Examples:
        """The examples at `rows` (positions or a mask), in that order."""
        group = None if self.group is None else self.group[rows]
        weight = None if self.weight is None else self.weight[rows]
        return Examples(self.features[rows], self.names, self.label[rows], group, weight)

    def column(self, name: str) -> Floats:
        """One feature; YourMistake with the nearest name when there is none such."""
        if name not in self.names:
            raise YourMistake(
                f"there is no feature '{name}'",
                expected="a feature the examples have",
                then=did_you_mean(name, self.names),
            )
        return np.asarray(self.features[:, self.names.index(name)], dtype=np.float64)

    def select(self, names: Sequence[str]) -> Examples:
        """Only the named features, in that order; YourMistake as in `column`."""
        for name in names:
            self.column(name) if name not in self.names else None
        where = [self.names.index(name) for name in names]
        return Examples(self.features[:, where], tuple(names), self.label, self.group, self.weight)
