"""A trained model: probabilities that can be trusted, and what each feature added to each of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from liuke.errors import OurBug
from liuke.insight.churn.learning.boosting import cores, threads_for
from liuke.insight.churn.learning.data import Floats, Matrix
from liuke.insight.churn.learning.library import needs_lightgbm
from liuke.insight.churn.learning.preparation import Preparation
from liuke.insight.churn.learning.shapley import Explainer, explainer
from liuke.stats.calibration import Calibration
from liuke.stats.drift import Reference

if TYPE_CHECKING:
    import lightgbm as lgb


MANY = 4_096
"""Rows from which it pays to make a model's trees ready for `shapley` (about a second for a thousand trees)."""
SLICE = 32_768
"""Rows explained at a time by one thread."""


@dataclass(frozen=True)
class Model:
    """Boosters averaged in log-odds, then calibrated.

    members: LightGBM's own texts. weights: of the members, adding up to 1. references: distribution of each feature
    (by name) on the training examples; score_reference: of the calibrated probability, out of fold.
    """

    preparation: Preparation
    members: tuple[str, ...]
    weights: tuple[float, ...]
    calibration: Calibration
    references: dict[str, Reference] = field(default_factory=dict)
    score_reference: Reference | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The features that `predict` expects, in this order."""
        return self.preparation.names

    @property
    def columns(self) -> tuple[str, ...]:
        """What the trees see: features and what was derived from them."""
        return self.preparation.columns

    def raw(self, features: Matrix) -> Floats:
        """Log-odds before calibration, (n,)."""
        columns = self._columns(features)
        threads = threads_for(columns.size)
        return self._mean([np.asarray(b.predict(columns, raw_score=True, num_threads=threads)) for b in self._boosters])

    def predict(self, features: Matrix) -> Floats:
        """Calibrated probabilities, (n,)."""
        return self.calibrate(self.raw(features))

    def calibrate(self, raw: Floats) -> Floats:
        """Log-odds of the members to calibrated probabilities; never falling."""
        return self.calibration(np.asarray(special.expit(raw), dtype=np.float64))

    def column_contributions(self, features: Matrix) -> Floats:
        """(n, len(columns) + 1): exact Shapley values (tree SHAP) in log-odds, the last being the expected value.

        Lundberg et al., Nature MI 2020, computed by LightGBM for few rows and by `shapley` for many; a mean of members
        has the mean of contributions. A row adds up to `raw`.
        """
        columns = self._columns(features)
        explainers = self._explainers if len(columns) >= MANY else None
        if explainers is not None:
            return self._explained(columns, explainers)
        threads = threads_for(columns.size * 100)
        return self._mean(
            [np.asarray(b.predict(columns, pred_contrib=True, num_threads=threads)) for b in self._boosters]
        )

    def contributions(self, features: Matrix) -> Floats:
        """(n, p + 1): `column_contributions` by incoming feature; a row still adds up to `raw`.

        What a derived column added is shared equally among the features it is made of. Without derived columns
        these are the exact Shapley values themselves. Features the model does not use have 0.
        """
        found = self.column_contributions(features)
        return found @ self._shares

    @cached_property
    def _shares(self) -> Floats:
        shares = np.zeros((len(self.columns) + 1, len(self.names) + 1))
        for row, inputs in enumerate(self.preparation.inputs):
            for position in inputs:
                shares[row, position] += 1 / len(inputs)
        shares[-1, -1] = 1
        return shares

    @cached_property
    def importance(self) -> Floats:
        """(p,) share of the members' total gain by incoming feature."""
        gain = self._mean([np.asarray(b.feature_importance("gain"), dtype=np.float64) for b in self._boosters])
        by_feature = np.asarray((np.r_[gain, 0.0] @ self._shares)[:-1], dtype=np.float64)
        return by_feature / max(float(by_feature.sum()), 1e-300)

    @cached_property
    def _boosters(self) -> tuple[lgb.Booster, ...]:
        needs_lightgbm()
        import lightgbm as lgb

        return tuple(lgb.Booster(model_str=text) for text in self.members)

    @cached_property
    def _explainers(self) -> tuple[Explainer, ...] | None:
        made = tuple(explainer(text) for text in self.members)
        return None if any(one is None for one in made) else tuple(one for one in made if one is not None)

    def _explained(self, columns: Matrix, explainers: tuple[Explainer, ...]) -> Floats:
        """Slices of rows side by side: the work is NumPy's, which lets other threads run."""

        def of_slice(rows: Matrix) -> Floats:
            wide = np.asarray(rows, dtype=np.float64)
            return self._mean([one.contributions(wide) for one in explainers])

        with ThreadPoolExecutor(cores()) as pool:
            return np.vstack(list(pool.map(of_slice, np.array_split(columns, -(-len(columns) // SLICE)))))

    def _columns(self, features: Matrix) -> Matrix:
        if features.ndim != 2 or features.shape[1] != len(self.names):
            raise OurBug(f"the model knows {len(self.names)} features, the matrix is {features.shape}")
        return self.preparation.apply(features)

    def _mean(self, parts: list[Floats]) -> Floats:
        total = np.zeros_like(np.asarray(parts[0], dtype=np.float64))
        for part, weight in zip(parts, self.weights, strict=True):
            total += weight * np.asarray(part, dtype=np.float64)
        return total
