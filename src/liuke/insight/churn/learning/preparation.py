"""From the features that come in to the columns the trees see; fitted on training examples only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from liuke.insight.churn.learning.augment import Derived, compute, plan
from liuke.insight.churn.learning.data import Examples, Floats, Matrix
from liuke.insight.churn.learning.encoding import Encoding, encoded_out_of_fold, fit_encoding
from liuke.insight.churn.learning.settings import TrainSettings


@dataclass(frozen=True, slots=True)
class Preparation:
    """names: features that come in. kept: positions of those used as they are.

    derived: columns made of several kept features. encodings: codes as numbers, two columns each.
    """

    names: tuple[str, ...]
    kept: tuple[int, ...]
    derived: tuple[Derived, ...] = ()
    encodings: tuple[Encoding, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns the trees see."""
        coded = (f"{kind} of {self.names[e.position]}" for e in self.encodings for kind in ("rate", "frequency"))
        return (*(self.names[k] for k in self.kept), *(d.title(self.names) for d in self.derived), *coded)

    @property
    def inputs(self) -> tuple[tuple[int, ...], ...]:
        """For each column the positions of the features it is made of."""
        coded = ((e.position,) for e in self.encodings for _ in range(2))
        return (*((k,) for k in self.kept), *(d.inputs for d in self.derived), *coded)

    def apply(self, features: Matrix) -> Matrix:
        """(n, p) features to (n, len(columns)) columns. Without derived columns the dtype stays as it is."""
        return self._with(features, [e.apply(_codes(features, e)) for e in self.encodings])

    def apply_to_learned(self, train: Examples, seed: int) -> Matrix:
        """The columns of the very examples it was fitted on: rates of codes come from folds without the example."""
        coded = [encoded_out_of_fold(e, _codes(train.features, e), train.label, seed) for e in self.encodings]
        return self._with(train.features, coded)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "names": list(self.names),
            "kept": list(self.kept),
            "derived": [d.as_dict() for d in self.derived],
            "encodings": [e.as_dict() for e in self.encodings],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Preparation:
        """Reads what `as_dict` wrote."""
        return cls(
            tuple(plain["names"]),
            tuple(plain["kept"]),
            tuple(Derived.from_dict(d) for d in plain["derived"]),
            tuple(Encoding.from_dict(e) for e in plain["encodings"]),
        )

    def _with(self, features: Matrix, coded: list[Floats]) -> Matrix:
        plain: Matrix = features if self.kept == tuple(range(len(self.names))) else features[:, list(self.kept)]
        if not self.derived and not coded:
            return cast("Matrix", np.ascontiguousarray(plain))
        parts = [np.asarray(plain, dtype=np.float64), compute(self.derived, features), *coded]
        return np.hstack(parts)


def fit_preparation(train: Examples, kept: tuple[int, ...], settings: TrainSettings) -> Preparation:
    """The preparation for `train`: codes encoded, like-scaled columns compared when `augment` is set."""
    codes = {k for k in kept if train.names[k] in settings.codes}
    plain = tuple(k for k in kept if k not in codes)
    derived = plan(train.features, plain) if settings.augment else ()
    encodings = tuple(fit_encoding(k, np.asarray(train.features[:, k], np.float64), train.label) for k in sorted(codes))
    return Preparation(train.names, plain, derived, encodings)


def _codes(features: Matrix, encoding: Encoding) -> Floats:
    return np.asarray(features[:, encoding.position], dtype=np.float64)
