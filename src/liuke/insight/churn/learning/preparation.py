"""From the features that come in to the columns the trees see; fitted on training examples only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liuke.insight.churn.learning.data import Floats, Matrix


@dataclass(frozen=True, slots=True)
class Preparation:
    """names: features that come in. kept: positions of those used as they are."""

    names: tuple[str, ...]
    kept: tuple[int, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns the trees see."""
        return tuple(self.names[k] for k in self.kept)

    @property
    def inputs(self) -> tuple[tuple[int, ...], ...]:
        """For each column the positions of the features it is made of."""
        return tuple((k,) for k in self.kept)

    def apply(self, features: Matrix) -> Floats:
        """(n, p) features to (n, len(columns)) columns."""
        return np.ascontiguousarray(features[:, list(self.kept)], dtype=np.float64)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"names": list(self.names), "kept": list(self.kept)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Preparation:
        """Reads what `as_dict` wrote."""
        return cls(tuple(plain["names"]), tuple(plain["kept"]))
