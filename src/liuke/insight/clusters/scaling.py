"""Numbers made comparable: logarithm, winsorised, standardised; the same in numpy and as engine expressions."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
WINSOR = (0.01, 0.99)
"""Quantiles of the sample beyond which a value counts as the quantile: one tycoon must not make a cluster."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One feature's scale: z = (clip(sign(x)·ln(1+|x|), low, high) − mean) / sd; a missing value is the median."""

    feature: str
    low: float
    high: float
    mean: float
    sd: float
    median: float

    def column(self, value: ir.NumericValue) -> ir.FloatingValue:
        """Z of an engine column."""
        size = (1.0 + value.abs()).ln()
        signed = ibis.ifelse(value < 0, -size, size).fill_null(self.median)
        clipped = ibis.greatest(ibis.least(signed, self.high), self.low)
        return (clipped - self.mean) / self.sd

    def numbers(self, values: Matrix) -> Matrix:
        """Z of numpy values, nan for missing."""
        signed = _signed_log(values)
        filled = np.where(np.isnan(signed), self.median, signed)
        made: Matrix = (np.clip(filled, self.low, self.high) - self.mean) / self.sd
        return made


def scale_of(feature: str, values: Matrix) -> Scale | None:
    """The scale learned from a sample; None for a feature that is constant or missing throughout."""
    signed = _signed_log(values)
    known = signed[~np.isnan(signed)]
    if not known.size:
        return None
    low, high = (float(q) for q in np.quantile(known, WINSOR))
    median = float(np.median(known))
    clipped = np.clip(np.where(np.isnan(signed), median, signed), low, high)
    sd = float(clipped.std())
    return Scale(feature, low, high, float(clipped.mean()), sd, median) if sd > 1e-9 else None


def _signed_log(values: Matrix) -> Matrix:
    made: Matrix = np.sign(values) * np.log1p(np.abs(values))
    return made
